package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * {@code torch.optim.AdamW}.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/adam.py}: {@code _init_group}, {@code _multi_tensor_adam},
 * {@code _fused_adam}, {@code _single_tensor_adam}.
 */
record Adam(StepMemory memory, Implementation implementation) implements UpdateRule {
    /** How a step is computed. */
    enum Implementation {
        FOREACH,
        FUSED,
        FOR_LOOP
    }

    @Override
    public void update(List<Tensor> parameters) {
        switch (implementation) {
            case FOREACH -> memory.rootsOfAll(parameters);
            case FOR_LOOP -> rootsOneByOne(parameters);
            case FUSED -> {}
        }
    }

    /** The fused kernel reads the step's number on the device; the others keep it on the host. */
    @Override
    public void createState(Tensor parameter) {
        if (implementation == Implementation.FUSED) {
            memory.state(parameter, Shape.SCALAR, DType.FLOAT32, "step");
        }
        memory.state(parameter, "exp_avg");
        memory.state(parameter, "exp_avg_sq");
    }

    /** {@code denom = (exp_avg_sq.sqrt() / correction).add_(eps)}: the name outlives the next parameter's root. */
    private void rootsOneByOne(List<Tensor> parameters) {
        Name denominator = new Name(memory);
        for (Tensor parameter : parameters) {
            Tensor root = memory.temporary(parameter, "aten::sqrt");
            Tensor quotient = memory.temporary(parameter, "aten::div");
            memory.free(root);
            denominator.set(quotient);
        }
        denominator.forget();
    }
}
