package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;

/** An optimizer, as far as memory goes. State is made in the first step. */
public interface Optimizer {
    /** {@code optimizer.step()}. */
    void step();

    /**
     * An optimizer over groups of parameters, which are stepped one after the other.
     */
    static Optimizer of(OptimizerKind kind, Autograd autograd, List<List<Tensor>> groups) {
        StepMemory memory = new StepMemory(autograd);
        return switch (kind) {
            case ADAMW -> new Adam(memory, Adam.Implementation.FOREACH, groups);
            case ADAMW_FUSED -> new Adam(memory, Adam.Implementation.FUSED, groups);
            case ADAMW_FOR_LOOP -> new Adam(memory, Adam.Implementation.FOR_LOOP, groups);
            case SGD -> new Sgd(memory, false, groups);
            case SGD_MOMENTUM -> new Sgd(memory, true, groups);
            case RMSPROP -> new RmsProp(memory, groups);
            case ADAFACTOR -> new Adafactor(memory, groups);
        };
    }
}
