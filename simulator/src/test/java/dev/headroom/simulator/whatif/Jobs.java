package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;

/** Small jobs that questions are asked about. */
final class Jobs {
    private Jobs() {}

    /** Two layers of TinyLlama by LoRA, 512 tokens, in bfloat16. */
    static JobSource small() {
        return JobSource.empty()
                .with(JobKey.MODEL, "tinyllama-1.1b")
                .with(JobKey.LAYERS, "2")
                .with(JobKey.METHOD, "lora")
                .with(JobKey.SEQUENCE_LENGTH, "512");
    }

    static JobSource on(String gpu, JobSource job) {
        return job.withGpu(Scalar.ofOption("--gpu", gpu));
    }
}
