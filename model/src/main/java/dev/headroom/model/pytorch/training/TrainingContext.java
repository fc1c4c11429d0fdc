package dev.headroom.model.pytorch.training;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/** What a training loop works with. */
record TrainingContext(FineTuningJob job, ProgramRecorder recorder, Aten aten, LanguageModel model, Tensor ids) {
    /** The first step has no optimizer state in forward; the second has; the third repeats it on a settled allocator. */
    static final int STEPS = 3;

    /** Micro-batches of a step that are recorded at most: from the second on, each allocates and frees the same. */
    private static final int MOST_MICRO_BATCHES = 16;

    /** Micro-batches recorded for each step. */
    int microBatches() {
        return Math.min(job.gradientAccumulation(), MOST_MICRO_BATCHES);
    }

    Autograd autograd() {
        return aten.autograd();
    }

    Extent batch() {
        return Extent.batch(job.batch().microBatch());
    }

    Extent sequence() {
        return Extent.sequence(job.batch().sequenceLength());
    }

    /** Shape of the token ids, [b, s]. */
    Shape tokens() {
        return Shape.of(batch(), sequence());
    }
}
