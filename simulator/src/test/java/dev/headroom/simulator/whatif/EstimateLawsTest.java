package dev.headroom.simulator.whatif;

import static dev.headroom.simulator.config.TestJobs.pick;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFormula;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every estimate, on jobs drawn at random from everything that is supported. */
final class EstimateLawsTest {
    private static final JobResolver RESOLVER = new JobResolver(new OverheadCatalog().all());
    private static final List<String> MODELS = List.of("tinyllama-1.1b", "llama-3.2-1b", "qwen2.5-0.5b", "mistral-7b");

    static LongStream seeds() {
        return new SplittableRandom(2026).longs(60);
    }

    /** A job's keys and values; every combination of them is supported. */
    private static Map<JobKey, String> draw(SplittableRandom random) {
        Map<JobKey, String> job = new LinkedHashMap<>();
        job.put(JobKey.MODEL, pick(random, MODELS));
        job.put(JobKey.LAYERS, Integer.toString(1 + random.nextInt(3)));
        job.put(JobKey.METHOD, pick(random, List.of("full", "lora")));
        if (job.containsValue("lora")) {
            job.put(JobKey.RANK, Integer.toString(1 << random.nextInt(7)));
            job.put(JobKey.TARGETS, pick(random, List.of("all-linear", "attention", "attention-qv", "mlp")));
            job.put(JobKey.DROPOUT, pick(random, List.of("0.0", "0.1")));
        }
        job.put(JobKey.MICRO_BATCH, Integer.toString(1 + random.nextInt(5)));
        job.put(JobKey.SEQUENCE_LENGTH, Integer.toString(16 + random.nextInt(1500)));
        job.put(JobKey.WEIGHT_DTYPE, pick(random, List.of("fp32", "bf16")));
        job.put(JobKey.AUTOCAST, pick(random, List.of("none", "bf16")));
        job.put(JobKey.ATTENTION, pick(random, List.of("eager", "sdpa")));
        job.put(JobKey.CHECKPOINTING, pick(random, List.of("none", "non-reentrant")));
        job.put(JobKey.OPTIMIZER, pick(random, List.of("adamw", "adamw-fused", "sgd", "sgd-momentum")));
        job.put(JobKey.TRAINING_LOOP, pick(random, List.of("holds-outputs", "frees-outputs")));
        return job;
    }

    private static ResolvedJob resolve(Map<JobKey, String> values) {
        JobSource source = JobSource.empty();
        for (Map.Entry<JobKey, String> entry : values.entrySet()) {
            Scalar value = Scalar.ofOption(entry.getKey().option(), entry.getValue());
            source = entry.getKey() == JobKey.METHOD ? source.withMethod(value) : source.with(entry.getKey(), value);
        }
        FineTuningJob job = source.read();
        Architecture model = new ModelCatalog().architecture(job.model(), Place.of("test"));
        return RESOLVER.resolve(job, model, Optional.empty());
    }

    private static MemoryEstimate estimate(Map<JobKey, String> values) {
        return MemoryModel.standard().estimate(resolve(values), Bytes.ZERO);
    }

    private static Map<JobKey, String> grown(Map<JobKey, String> job, JobKey key) {
        Map<JobKey, String> larger = new LinkedHashMap<>(job);
        larger.put(key, Integer.toString(2 * Integer.parseInt(job.getOrDefault(key, "1"))));
        return larger;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void estimate_anyJob_rowsAddUpToTheAnswers(long seed) {
        MemoryEstimate estimate = estimate(draw(new SplittableRandom(seed)));
        long live = 0;
        for (Category category : Category.values()) {
            if (category != Category.CACHED_FREE && category != Category.PROCESS_OVERHEAD) {
                live += estimate.bytesOf(category).count();
            }
        }

        assertThat(live).isEqualTo(estimate.peakAllocated().count());
        assertThat(estimate.breakdown().bytes()).isEqualTo(estimate.process());
        assertThat(estimate.peakReserved()).isGreaterThanOrEqualTo(estimate.peakAllocated());
        assertSums(estimate.breakdown());
    }

    private static void assertSums(MemoryNode node) {
        assertThat(node.bytes().count()).as(node.id()).isNotNegative();
        if (node instanceof MemoryNode.Group group) {
            long sum = group.children().stream()
                    .mapToLong(child -> child.bytes().count())
                    .sum();
            assertThat(sum).as(node.id()).isEqualTo(node.bytes().count());
            group.children().forEach(EstimateLawsTest::assertSums);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void peakFormula_anyJob_isTheReplayWithoutItsRounding(long seed) {
        Map<JobKey, String> values = draw(new SplittableRandom(seed));
        MemoryEstimate estimate = estimate(values);

        long analytic = requested(values);

        long rounding = estimate.bytesOf(Category.ALLOCATOR_ROUNDING).count();
        assertThat(estimate.peakAllocated().count() - analytic)
                .as("the formula's peak is at least what was alive at the replay's, and rounding only adds")
                .isBetween(0L, rounding);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void peakFormula_elsewhereInItsRegime_isThatOfTheJobThere(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<JobKey, String> values = draw(random);
        PeakFormula formula = MemoryModel.standard().peakFormula(resolve(values));
        for (int attempt = 0; attempt < 20; attempt++) {
            int b = 1 + random.nextInt(5);
            int s = 16 + random.nextInt(1500);
            if (formula.regime().contains(b, s)) {
                Map<JobKey, String> before = new LinkedHashMap<>(values);
                values.put(JobKey.MICRO_BATCH, Integer.toString(b));
                values.put(JobKey.SEQUENCE_LENGTH, Integer.toString(s));
                PeakFormula there = MemoryModel.standard().peakFormula(resolve(values));

                assertThat(formula.at(b, s))
                        .as("%s at b=%d, s=%d", before, b, s)
                        .isEqualTo(there.at(b, s));
                return;
            }
        }
    }

    /** The allocator's blocks can be up to 1 MiB larger than what is asked for, so the law is one of requested bytes. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void estimate_moreTokensSequencesOrRank_neverAsksForLess(long seed) {
        Map<JobKey, String> job = draw(new SplittableRandom(seed));
        long requested = requested(job);

        for (JobKey key : List.of(JobKey.MICRO_BATCH, JobKey.SEQUENCE_LENGTH)) {
            assertThat(requested(grown(job, key)))
                    .as("twice the %s of %s", key, job)
                    .isGreaterThanOrEqualTo(requested);
        }
        if (job.containsKey(JobKey.RANK)) {
            assertThat(requested(grown(job, JobKey.RANK)))
                    .as("twice the rank of %s", job)
                    .isGreaterThan(requested);
        }
    }

    private static long requested(Map<JobKey, String> values) {
        ResolvedJob job = resolve(values);
        return MemoryModel.standard()
                .peakFormula(job)
                .at(job.job().batch().microBatch(), job.job().batch().sequenceLength());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void estimate_sameJobTwice_isEqual(long seed) {
        Map<JobKey, String> job = draw(new SplittableRandom(seed));

        assertThat(estimate(job)).isEqualTo(estimate(job));
    }

    @Test
    void estimate_rankZero_isRefused() {
        Map<JobKey, String> job = draw(new SplittableRandom(1));
        job.put(JobKey.METHOD, "lora");
        job.put(JobKey.RANK, "0");

        assertThatThrownBy(() -> estimate(job)).hasMessageContaining("rank");
    }

    @Test
    void estimate_millionTokensTimesTrillionParameters_overflowsNothing() {
        Architecture model = new ModelCatalog().architecture("llama-3.1-70b", Place.of("test"));
        Architecture trillion = new Architecture(
                model.modelType(),
                32768,
                131072,
                64,
                new Architecture.AttentionHeads(256, 256, 128, model.attention().slidingWindow()),
                model.vocabularySize(),
                model.biases(),
                false,
                model.positions());
        Map<JobKey, String> values = draw(new SplittableRandom(7));
        values.remove(JobKey.LAYERS);
        values.put(JobKey.MODEL, "llama-3.1-70b");
        values.put(JobKey.MICRO_BATCH, "1");
        values.put(JobKey.SEQUENCE_LENGTH, "1000000");
        ResolvedJob small = resolve(values);
        Workplace workplace = new Workplace(trillion, Optional.empty(), Bytes.ZERO, RESOLVER);

        MemoryEstimate estimate = workplace.estimate(small.job());

        assertThat(estimate.parameters().base()).isGreaterThan(1_000_000_000_000L);
        assertThat(estimate.peakAllocated().count()).isGreaterThan(2_000_000_000_000L);
        assertSums(estimate.breakdown());
    }

    @Test
    void estimate_sizeBeyondLong_isRefusedWithItsKey() {
        Map<JobKey, String> values = draw(new SplittableRandom(7));
        values.put(JobKey.ATTENTION, "eager");
        values.put(JobKey.MICRO_BATCH, "1000000");
        ResolvedJob small = resolve(values);
        values.put(JobKey.SEQUENCE_LENGTH, "2000000000");
        FineTuningJob job = resolve(values).job();
        Workplace workplace = new Workplace(small.architecture(), Optional.empty(), Bytes.ZERO, RESOLVER);

        assertThatThrownBy(() -> workplace.estimate(job))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("sequenceLength");
    }
}
