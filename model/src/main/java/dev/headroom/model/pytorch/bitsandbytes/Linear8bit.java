package dev.headroom.model.pytorch.bitsandbytes;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.pytorch.nn.LinearProduct;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layer with an 8-bit matrix, LLM.int8: inputs are quantized row by row, the integer product is scaled back to float16, and a
 * bias is added in place. The function keeps its inputs as long as its node exists, checkpointed or not, though it never reads
 * them again. Inputs have no outliers here: each column with one would be kept apart, in the type of the inputs.
 *
 * <p>Source: bitsandbytes 0.49.2, {@code autograd/_functions.py}, {@code MatMul8bitLt}; {@code backends/cuda/ops.py},
 * {@code int8_vectorwise_quant}, {@code int8_mm_dequant}; {@code backends/default/ops.py}, {@code int8_mixed_scaled_mm}.
 */
final class Linear8bit implements LinearProduct {
    private final Aten aten;
    private final Autograd autograd;
    private final Shape shape;

    Linear8bit(Aten aten, Shape shape) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.shape = shape;
    }

    /** {@code Int8Params._quantize}: by way of the matrix in float16; one scale a row. */
    static void load(Autograd autograd, Shape shape) {
        Tensor half = autograd.allocate(shape, DType.FLOAT16, "aten::to");
        autograd.own(autograd.allocate(
                Shape.of(shape.dimension(0)), DType.FLOAT32, TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
        autograd.own(autograd.allocate(shape, DType.INT8, TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
        autograd.useUp(half);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public AdapterForm adapterForm() {
        return AdapterForm.EIGHT_BIT;
    }

    @Override
    public Tensor of(Tensor input) {
        Operation op = autograd.operation("MatMul8bitLt", input);
        op.captures(List.of(input));
        Tensor out = autograd.withGradient(false, () -> product(input));
        DType computed = input.dtype();
        return op.returns(out, call -> gradients(call, computed));
    }

    private Tensor product(Tensor input) {
        Shape rows = input.shape().flattened();
        Shape results = input.shape().withLast(shape.dimension(0));
        try (Frame frame = autograd.frame()) {
            Tensor half = frame.let(aten.to(input, DType.FLOAT16));
            frame.let(allocate(Shape.of(rows.dimension(0)), DType.FLOAT32, "int8_vectorwise_quant"));
            frame.let(allocate(rows, DType.INT8, "int8_vectorwise_quant"));
            Tensor magnitudes = allocate(rows, DType.FLOAT16, "aten::abs");
            Tensor outliers = allocate(rows, DType.BOOL, "aten::ge");
            autograd.useUp(magnitudes);
            autograd.useUp(allocate(Shape.SCALAR, DType.BOOL, "aten::any"));
            autograd.useUp(outliers);
            frame.drop(half);
            Tensor integers = allocate(results, DType.INT32, "int8_linear_matmul");
            Tensor scaled = allocate(results, DType.FLOAT16, "int8_mm_dequant");
            Tensor out = aten.to(scaled, input.dtype());
            autograd.useUp(integers);
            return out;
        }
    }

    /** {@code grad_output @ matrix}, with the whole matrix in the type of the inputs. */
    private @Nullable Tensor[] gradients(BackwardCall call, DType computed) {
        Tensor gradient = call.gradient();
        Tensor contiguous = gradient.isContiguous() ? null : call.allocate(gradient.shape(), gradient.dtype());
        Tensor whole = call.allocate(shape, computed);
        call.free(call.allocate(Shape.of(shape.dimension(0)), DType.FLOAT32));
        Tensor result = LinearAlgebra.productIn(call, aten, gradient.shape().withLast(shape.dimension(1)), computed);
        call.free(whole);
        if (contiguous != null) {
            call.free(contiguous);
        }
        return new Tensor[] {result};
    }

    private Tensor allocate(Shape of, DType dtype, String operation) {
        return autograd.allocate(of, dtype, operation);
    }
}
