package dev.headroom.model.pytorch.training;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.CausalLanguageModel;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/** What a training loop works with. */
record TrainingContext(FineTuningJob job, ProgramRecorder recorder, Aten aten, CausalLanguageModel model, Tensor ids) {
    /** The first step has no optimizer state in forward; the second has; the third repeats it on a settled allocator. */
    static final int STEPS = 3;

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
