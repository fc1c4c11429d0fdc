package dev.headroom.simulator.whatif;

import static dev.headroom.simulator.config.TestJobs.pick;
import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.config.TestJobs;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model that remembers programs gives what one that records every job anew gives, to the byte and with the same words. */
final class RememberingTest {
    private static final Catalogs REMEMBERING = new Catalogs(List.of(), MemoryModel.remembering(200 << 20));
    private static final Catalogs RECORDING = new Catalogs(List.of(), MemoryModel.standard());

    static LongStream seeds() {
        return new SplittableRandom(2026).longs(60);
    }

    /** What stays of a job while its sizes move, as a file; rank and sizes come last. */
    private static String draw(SplittableRandom random) {
        StringBuilder job = new StringBuilder();
        line(job, "model", pick(random, "tinyllama-1.1b", "llama-3.2-1b", "qwen2.5-0.5b", "gpt2", "olmoe-1b-7b"));
        line(job, "layersOverride", pick(random, "1", "2"));
        line(job, "gpu", pick(random, "h100-80gb", "rtx-3060-12gb"));
        line(job, "attention", pick(random, "eager", "sdpa"));
        line(job, "checkpointing", pick(random, "none", "non-reentrant"));
        line(job, "autocastDtype", pick(random, "none", "bf16"));
        line(job, "optimizer", pick(random, "adamw", "adamw-fused", "adamw-8bit", "paged-adamw-8bit"));
        line(job, "trainingLoop", pick(random, "transformers-trainer", "frees-outputs"));
        line(job, "gradientAccumulation", pick(random, "1", "2", "5", "20"));
        if (random.nextInt(3) == 0) {
            line(job, "mlpTiles", "3");
        }
        return job.toString();
    }

    private static String sizes(SplittableRandom random, String method, String targets) {
        StringBuilder sizes = new StringBuilder();
        line(
                sizes,
                "method",
                "{name: %s, targets: %s, rank: %s}"
                        .formatted(method, targets, pick(random, "1", "2", "7", "8", "16", "31", "64", "128")));
        line(sizes, "microBatch", Integer.toString(1 + random.nextInt(3)));
        line(sizes, "sequenceLength", Integer.toString(1 + random.nextInt(900)));
        return sizes.toString();
    }

    private static void line(StringBuilder job, String key, String value) {
        job.append(key).append(": ").append(value).append('\n');
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void otherRankBatchAndLength_areAsRecordedAnew(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        String job = draw(random);
        String method = pick(random, "lora", "lora", "rslora", "dora", "loha");
        String targets = pick(random, "all-linear", "attention");
        for (int move = 0; move < 3; move++) {
            String moved = job + sizes(random, method, targets);
            JobSource source = TestJobs.yaml(moved);

            assertThat(answers(REMEMBERING, source)).as(moved).isEqualTo(answers(RECORDING, source));
        }
    }

    /** Every answer there is about a job, or why there is none. */
    private static List<Object> answers(Catalogs catalogs, JobSource source) {
        Workplace workplace = catalogs.workplace(source);
        try {
            return List.of(
                    workplace.processAtLeast(source.read()),
                    workplace.answers(source.read()),
                    workplace.estimate(source.read()),
                    workplace.stepTimeline(source.read()));
        } catch (RefusedJobException e) {
            return List.of(e.problems());
        }
    }
}
