package dev.headroom.simulator.whatif;

import static dev.headroom.simulator.config.TestJobs.pick;
import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFunction;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.training.BatchShape;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The analytic reading is what recording anew gives, to the byte, for every kind of model, method and card: a rule that
 * branches on sizes without telling the regime shows here. So is an estimate from a remembered program.
 */
final class PeakFunctionTest {
    private static final JobResolver RESOLVER = new JobResolver(new OverheadCatalog().all());
    private static final int POINTS = 4;

    static LongStream seeds() {
        return new SplittableRandom(51).longs(Integer.getInteger("headroom.seeds", 25));
    }

    /** Words that mean nothing to PyTorch. */
    private static final Set<String> SAMEDIFF_WORDS =
            Set.of("adam", "adagrad", "closes-arrays", "skips-frozen-gradients", "nd4j-defaults");

    /** A job and its peak as a function of its sizes. */
    private record Drawn(ResolvedJob job, PeakFunction function) {}

    private static Map<JobKey, String> draw(SplittableRandom random) {
        List<String> models = new ModelCatalog()
                .all().stream()
                        .filter(entry -> JobResolver.SUPPORTED_MODEL_TYPES.contains(
                                entry.architecture().modelType()))
                        .map(entry -> entry.id())
                        .toList();
        Map<JobKey, String> job = new LinkedHashMap<>();
        job.put(JobKey.MODEL, pick(random, models));
        job.put(JobKey.METHOD, pick(random, JobKey.METHOD.words()));
        job.put(JobKey.LAYERS, Integer.toString(4 + random.nextInt(2)));
        job.put(JobKey.SEQUENCE_LENGTH, "512");
        job.put(JobKey.WEIGHT_DTYPE, pick(random, List.of("fp32", "bf16", "fp16")));
        job.put(JobKey.AUTOCAST, pick(random, List.of("none", "none", "bf16")));
        for (JobKey key : List.of(JobKey.ATTENTION, JobKey.CHECKPOINTING, JobKey.OPTIMIZER, JobKey.TRAINING_LOOP)) {
            List<String> words = key.words().stream()
                    .filter(word -> !SAMEDIFF_WORDS.contains(word))
                    .toList();
            job.put(key, pick(random, words));
        }
        for (JobKey key : List.of(JobKey.LOSS_KERNEL, JobKey.QUANTIZATION)) {
            job.put(
                    key,
                    random.nextInt(3) == 0
                            ? pick(random, key.words())
                            : key.standard().orElseThrow());
        }
        for (JobKey key : List.of(JobKey.PADDED_BATCH, JobKey.USE_CACHE)) {
            job.put(key, Boolean.toString(random.nextInt(4) == 0));
        }
        job.put(JobKey.GRADIENT_ACCUMULATION, Integer.toString(1 + random.nextInt(3)));
        return job;
    }

    /** What long contexts are trained with. */
    private static Map<JobKey, String> drawLong(SplittableRandom random) {
        Map<JobKey, String> job = new LinkedHashMap<>();
        job.put(JobKey.MODEL, pick(random, List.of("tinyllama-1.1b", "llama-3.2-1b", "qwen3-0.6b", "mistral-7b")));
        job.put(JobKey.METHOD, pick(random, List.of("full", "lora", "dora", "ia3", "last-4-layers")));
        job.put(JobKey.LAYERS, "5");
        job.put(JobKey.SEQUENCE_LENGTH, "512");
        job.put(JobKey.WEIGHT_DTYPE, pick(random, List.of("fp32", "bf16")));
        job.put(JobKey.AUTOCAST, pick(random, List.of("none", "bf16")));
        job.put(JobKey.ATTENTION, pick(random, List.of("eager", "sdpa")));
        job.put(JobKey.CHECKPOINTING, pick(random, List.of("non-reentrant", "reentrant")));
        job.put(JobKey.CHECKPOINT_EVERY, Integer.toString(1 + random.nextInt(3)));
        job.put(JobKey.CHECKPOINT_OFFLOAD, Boolean.toString(random.nextBoolean()));
        job.put(JobKey.LOSS_KERNEL, pick(random, List.of("standard", "chunked")));
        job.put(JobKey.MLP_TILES, pick(random, List.of("none", "1", "3", "8")));
        job.put(JobKey.TRAINING_LOOP, pick(random, List.of("holds-outputs", "frees-outputs")));
        return job;
    }

    private static Optional<Drawn> drawn(Map<JobKey, String> values, Gpu gpu) {
        JobSource source = JobSource.empty();
        for (Map.Entry<JobKey, String> entry : values.entrySet()) {
            Scalar value = Scalar.ofOption(entry.getKey().option(), entry.getValue());
            source = entry.getKey() == JobKey.METHOD ? source.withMethod(value) : source.with(entry.getKey(), value);
        }
        try {
            FineTuningJob job = source.read();
            ResolvedJob resolved = RESOLVER.resolve(
                    job, new ModelCatalog().architecture(job.model(), Place.of("test")), Optional.of(gpu));
            PeakFunction function = MemoryModel.standard().peakFunction(resolved);
            function.at(1, 512);
            return Optional.of(new Drawn(resolved, function));
        } catch (InputException | RefusedJobException e) {
            return Optional.empty();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void at_anySupportedJob_isWhatRecordingAnewGives(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<JobKey, String> values = draw(random);
        Gpu gpu = new GpuCatalog()
                .find(pick(random, List.of("h100-80gb", "a100-80gb", "rtx-4090", "t4")), Place.of("test"))
                .gpu();
        Optional<Drawn> drawn = drawn(values, gpu);
        for (int tries = 0; drawn.isEmpty() && tries < 100; tries++) {
            values = draw(random);
            drawn = drawn(values, gpu);
        }
        assertHolds(drawn, random, "%s on %s".formatted(values, gpu.id()));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void at_jobOfALongContext_isWhatRecordingAnewGives(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<JobKey, String> values = drawLong(random);
        Gpu gpu = new GpuCatalog().find("h100-80gb", Place.of("test")).gpu();

        assertHolds(drawn(values, gpu), random, values.toString());
    }

    private static void assertHolds(Optional<Drawn> drawn, SplittableRandom random, String text) {
        assertThat(drawn).as(text).isPresent();
        ResolvedJob job = drawn.get().job();
        MemoryModel remembering = MemoryModel.remembering(Long.MAX_VALUE);
        for (int point = 0; point < POINTS; point++) {
            int b = 1 + random.nextInt(1 << random.nextInt(7));
            int s = 1 + random.nextInt(1 << (3 + random.nextInt(9)));

            assertThat(drawn.get().function().holdsAt(b, s))
                    .as("%s at b=%d, s=%d", text, b, s)
                    .isTrue();
            ResolvedJob sized =
                    job.withBatch(new BatchShape(b, s, job.job().batch().padded()));
            assertThat(remembering.estimate(sized, Bytes.ZERO))
                    .as("%s at b=%d, s=%d, remembered", text, b, s)
                    .usingRecursiveComparison()
                    .isEqualTo(MemoryModel.standard().estimate(sized, Bytes.ZERO));
        }
    }
}
