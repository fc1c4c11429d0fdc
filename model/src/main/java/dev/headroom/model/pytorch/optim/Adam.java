package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code torch.optim.AdamW}.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/adam.py}: {@code _init_group}, {@code _multi_tensor_adam},
 * {@code _fused_adam}, {@code _single_tensor_adam}.
 */
final class Adam implements Optimizer {
    /** How a step is computed. */
    enum Implementation {
        FOREACH,
        FUSED,
        FOR_LOOP
    }

    private final StepMemory memory;
    private final Implementation implementation;
    private final List<List<Tensor>> groups;
    private boolean initialised;

    Adam(StepMemory memory, Implementation implementation, List<List<Tensor>> groups) {
        this.memory = memory;
        this.implementation = implementation;
        this.groups = groups;
    }

    @Override
    public void step() {
        for (List<Tensor> parameters : groups) {
            if (!initialised) {
                parameters.forEach(this::createState);
            }
            switch (implementation) {
                case FOREACH -> memory.rootsOfAll(parameters);
                case FOR_LOOP -> rootsOneByOne(parameters);
                case FUSED -> {}
            }
        }
        initialised = true;
    }

    /** The fused kernel reads the step's number on the device; the others keep it on the host. */
    private void createState(Tensor parameter) {
        if (implementation == Implementation.FUSED) {
            memory.state(parameter, Shape.SCALAR, DType.FLOAT32, "step");
        }
        memory.state(parameter, "exp_avg");
        memory.state(parameter, "exp_avg_sq");
    }

    /** {@code denom = (exp_avg_sq.sqrt() / correction).add_(eps)}: the name outlives the next parameter's root. */
    private void rootsOneByOne(List<Tensor> parameters) {
        @Nullable Tensor denominator = null;
        for (Tensor parameter : parameters) {
            Tensor root = memory.temporary(parameter, "aten::sqrt");
            Tensor quotient = memory.temporary(parameter, "aten::div");
            memory.free(root);
            if (denominator != null) {
                memory.free(denominator);
            }
            denominator = quotient;
        }
        if (denominator != null) {
            memory.free(denominator);
        }
    }
}
