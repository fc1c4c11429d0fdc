package dev.headroom.model.pytorch.training;

import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.OptimizerKind;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of an optimizer: its state, made in the first step, and its temporaries.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/adam.py} ({@code _init_group}, {@code _multi_tensor_adam},
 * {@code _fused_adam}, {@code _single_tensor_adam}), {@code sgd.py}.
 */
final class Optimizer {
    private final Autograd autograd;
    private final OptimizerKind kind;
    private final List<List<Tensor>> groups;
    private boolean initialised;

    /**
     * @param groups parameter groups, which are stepped one after the other
     */
    Optimizer(Autograd autograd, OptimizerKind kind, List<List<Tensor>> groups) {
        this.autograd = autograd;
        this.kind = kind;
        this.groups = groups;
    }

    void step() {
        for (List<Tensor> parameters : groups) {
            if (!initialised) {
                createState(parameters);
            }
            switch (kind) {
                case ADAMW -> rootsOfAll(parameters);
                case ADAMW_FOR_LOOP -> rootsOneByOne(parameters);
                case ADAMW_FUSED, SGD, SGD_MOMENTUM -> {}
            }
        }
        initialised = true;
    }

    private void createState(List<Tensor> parameters) {
        for (Tensor parameter : parameters) {
            switch (kind) {
                case ADAMW, ADAMW_FOR_LOOP -> {
                    state(parameter, "exp_avg");
                    state(parameter, "exp_avg_sq");
                }
                case ADAMW_FUSED -> {
                    autograd.allocateFor(parameter, Shape.SCALAR, DType.FLOAT32, "step", Category.OPTIMIZER_STATE);
                    state(parameter, "exp_avg");
                    state(parameter, "exp_avg_sq");
                }
                case SGD_MOMENTUM -> state(parameter, "momentum_buffer");
                case SGD -> {}
            }
        }
    }

    private void state(Tensor parameter, String name) {
        autograd.allocateFor(parameter, parameter.shape(), parameter.dtype(), name, Category.OPTIMIZER_STATE);
    }

    private Tensor temporary(Tensor parameter, String operation) {
        return autograd.allocateFor(parameter, parameter.shape(), parameter.dtype(), operation, Category.TRANSIENT);
    }

    /** {@code torch._foreach_sqrt(exp_avg_sqs)}: a copy of every trainable parameter at once. */
    private void rootsOfAll(List<Tensor> parameters) {
        List<Tensor> roots = new ArrayList<>(parameters.size());
        for (Tensor parameter : parameters) {
            roots.add(temporary(parameter, "aten::_foreach_sqrt"));
        }
        roots.forEach(autograd::useUp);
    }

    /** {@code denom = (exp_avg_sq.sqrt() / correction).add_(eps)}: the name outlives the next parameter's root. */
    private void rootsOneByOne(List<Tensor> parameters) {
        Tensor denominator = null;
        for (Tensor parameter : parameters) {
            Tensor root = temporary(parameter, "aten::sqrt");
            Tensor quotient = temporary(parameter, "aten::div");
            autograd.useUp(root);
            if (denominator != null) {
                autograd.useUp(denominator);
            }
            denominator = quotient;
        }
        if (denominator != null) {
            autograd.useUp(denominator);
        }
    }
}
