package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * {@code transformers.optimization.Adafactor} at a fixed rate ({@code relative_step=False, scale_parameter=False}), without
 * first moment. The second moments of a matrix are kept as one row and one column. It steps one parameter after the other,
 * in float32, and its names outlive the turn of their parameter.
 *
 * <p>Source: Transformers 5.17, {@code optimization.py}, {@code Adafactor.step}, {@code _rms}, {@code _approx_sq_grad}.
 */
final class Adafactor implements UpdateRule {
    private final StepMemory memory;
    private final Map<Tensor, Tensor> rootMeanSquares = new HashMap<>();

    private final Name gradient;
    private final Name wideParameter;
    private final Name update;

    Adafactor(StepMemory memory) {
        this.memory = memory;
        this.gradient = new Name(memory);
        this.wideParameter = new Name(memory);
        this.update = new Name(memory);
    }

    /** Made amid the update, once the gradient is in float32. */
    @Override
    public void createState(Tensor parameter) {}

    @Override
    public void update(List<Tensor> parameters) {
        parameters.forEach(this::step);
    }

    @Override
    public void end() {
        gradient.forget();
        wideParameter.forget();
        update.forget();
    }

    private void step(Tensor parameter) {
        boolean factored = parameter.shape().rank() >= 2;
        gradient.forget();
        if (parameter.dtype().isHalf()) {
            gradient.set(wide(parameter, "aten::to"));
        }
        if (!rootMeanSquares.containsKey(parameter)) {
            createMoments(parameter, factored);
        }
        wideParameter.forget();
        if (parameter.dtype().isHalf()) {
            wideParameter.set(wide(parameter, "aten::to"));
        }
        keepRootMeanSquare(parameter);
        Tensor square = wide(parameter, "aten::pow");
        Tensor guarded = wide(parameter, "aten::add");
        memory.free(square);
        update.set(guarded);
        if (factored) {
            approximateFromRowAndColumn(parameter);
        } else {
            update.set(wide(parameter, "aten::rsqrt"));
        }
        Tensor root = rootMeanSquare(parameter, () -> scalar(parameter, "aten::div"));
        Tensor ratio = scalar(parameter, "aten::div");
        memory.free(root);
        memory.free(ratio);
        memory.free(wide(parameter, "aten::neg"));
    }

    private void createMoments(Tensor parameter, boolean factored) {
        if (factored) {
            memory.state(parameter, rows(parameter), DType.FLOAT32, "exp_avg_sq_row");
            memory.state(parameter, columns(parameter), DType.FLOAT32, "exp_avg_sq_col");
        } else {
            memory.state(parameter, parameter.shape(), DType.FLOAT32, "exp_avg_sq");
        }
    }

    /** {@code state["RMS"]}, which takes the place of the last step's. */
    private void keepRootMeanSquare(Tensor parameter) {
        Tensor root = rootMeanSquare(parameter, () -> memory.state(parameter, Shape.SCALAR, DType.FLOAT32, "RMS"));
        Tensor before = rootMeanSquares.put(parameter, root);
        if (before != null) {
            memory.free(before);
        }
    }

    /** {@code _rms(tensor)} of a tensor of the parameter's size. */
    private Tensor rootMeanSquare(Tensor parameter, Supplier<Tensor> result) {
        Tensor norm = scalar(parameter, "aten::linalg_vector_norm");
        memory.reduction().stageWhole(parameter.shape().size());
        Tensor root = result.get();
        memory.free(norm);
        return root;
    }

    private void approximateFromRowAndColumn(Tensor parameter) {
        memory.free(memory.temporary(parameter, rows(parameter), DType.FLOAT32, "aten::mean"));
        Tensor column = memory.temporary(parameter, columns(parameter), DType.FLOAT32, "aten::mean");
        memory.reduction().stageColumns(parameter.shape());
        memory.free(column);
        Tensor mean = scalar(parameter, "aten::mean");
        memory.reduction().stageWhole(rows(parameter).size());
        Tensor rowFactor = memory.temporary(parameter, rows(parameter), DType.FLOAT32, "aten::div");
        memory.free(mean);
        Tensor columnFactor = memory.temporary(parameter, columns(parameter), DType.FLOAT32, "aten::rsqrt");
        Tensor product = wide(parameter, "aten::mul");
        memory.free(rowFactor);
        memory.free(columnFactor);
        update.set(product);
    }

    private Tensor wide(Tensor parameter, String operation) {
        return memory.temporary(parameter, parameter.shape(), DType.FLOAT32, operation);
    }

    private Tensor scalar(Tensor parameter, String operation) {
        return memory.temporary(parameter, Shape.SCALAR, DType.FLOAT32, operation);
    }

    /** {@code grad_shape[:-1]}. */
    private static Shape rows(Tensor parameter) {
        return parameter.shape().withoutDimension(-1);
    }

    /** {@code grad_shape[:-2] + grad_shape[-1:]}. */
    private static Shape columns(Tensor parameter) {
        return parameter.shape().withoutDimension(-2);
    }
}
