package dev.headroom.simulator.whatif;

import static dev.headroom.simulator.config.TestJobs.pick;
import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.training.PyTorchRecorder;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.config.TestJobs;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Three micro-batches of a step show what more of them do: every further event, of every kind of job. */
final class MicroBatchesTest {
    private static final Catalogs CATALOGS = new Catalogs();

    /** Of jobs that have rules. */
    static LongStream seeds() {
        return new SplittableRandom(7)
                .longs()
                .filter(seed -> resolved(draw(new SplittableRandom(seed))).isPresent())
                .limit(60);
    }

    private static Optional<ResolvedJob> resolved(String job) {
        try {
            JobSource source = TestJobs.yaml(job);
            ResolvedJob resolved = CATALOGS.workplace(source).resolve(source.read());
            PyTorchRecorder.recordForAnyRank(resolved);
            return Optional.of(resolved);
        } catch (RefusedJobException refused) {
            return Optional.empty();
        }
    }

    private static String draw(SplittableRandom random) {
        String method = pick(random, "full", "lora", "dora", "vera", "ia3", "prompt-tuning", "adalora");
        return """
                model: %s
                layersOverride: %s
                method: {name: %s}
                microBatch: %d
                sequenceLength: %d
                attention: %s
                checkpointing: %s
                autocastDtype: %s
                weightDtype: %s
                lossKernel: %s
                optimizer: %s
                trainingLoop: %s
                """.formatted(
                        pick(random, "tinyllama-1.1b", "qwen2.5-0.5b", "gemma-2-2b", "gpt2", "phi-2", "olmoe-1b-7b"),
                        pick(random, "1", "2"),
                        method,
                        1 + random.nextInt(3),
                        1 + random.nextInt(700),
                        pick(random, "eager", "sdpa"),
                        pick(random, "none", "non-reentrant", "reentrant"),
                        pick(random, "none", "bf16", "fp16"),
                        pick(random, "bf16", "fp32"),
                        pick(random, "standard", "standard", "liger", "chunked"),
                        pick(random, "adamw", "adamw-8bit", "paged-adamw-8bit", "adamw-fused"),
                        pick(random, "transformers-trainer", "frees-outputs", "holds-outputs"));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void moreThanThree_areAsTheThird(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String job = draw(random);
        ResolvedJob resolved = resolved(job).orElseThrow();
        int accumulated = 4 + random.nextInt(20);
        int recorded = PyTorchRecorder.microBatches(accumulated);
        StepProgram three = PyTorchRecorder.recordForAnyRank(resolved.withGradientAccumulation(3));
        StepProgram all = PyTorchRecorder.recordForAnyRank(resolved.withGradientAccumulation(accumulated));
        StepProgram unrolled = three.withLaps(accumulated, recorded).orElseThrow();

        assertThat(events(unrolled)).as(job).isEqualTo(events(all));
        assertThat(sizes(unrolled)).as(job).isEqualTo(sizes(all));
        assertThat(unrolled.spans()).as(job).isEqualTo(all.spans());
        assertThat(unrolled.regime().conditions())
                .as(job)
                .isEqualTo(all.regime().conditions());
        assertThat(unrolled.kernels()).as(job).isEqualTo(all.kernels());
    }

    private static List<Integer> events(StepProgram program) {
        return IntStream.range(0, program.eventCount()).mapToObj(program::event).toList();
    }

    private static List<Long> sizes(StepProgram program) {
        return IntStream.range(0, program.tensorCount())
                .mapToObj(program::requestedBytes)
                .toList();
    }
}
