package dev.headroom.model.pytorch.bitsandbytes;

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
import org.jspecify.annotations.Nullable;

/**
 * A layer with a 4-bit matrix. Forward and backward each dequantize the whole matrix and multiply by that; nothing is saved
 * but the quantized matrix, which is there anyway.
 *
 * <p>Source: bitsandbytes 0.43.3 and 0.49.2, {@code nn/modules.py}, {@code Linear4bit.forward};
 * {@code autograd/_functions.py}, {@code MatMul4Bit}.
 */
final class Linear4bit implements LinearProduct {
    private final Aten aten;
    private final Autograd autograd;
    private final Matrix4bit matrix;
    private final @Nullable Tensor bias;
    private final ComputeType computeType;

    Linear4bit(Aten aten, Matrix4bit matrix, @Nullable Tensor bias, ComputeType computeType) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.matrix = matrix;
        this.bias = bias;
        this.computeType = computeType;
    }

    @Override
    public Shape shape() {
        return matrix.shape();
    }

    @Override
    public AdapterForm adapterForm() {
        return AdapterForm.FOUR_BIT;
    }

    @Override
    public Tensor of(Tensor input) {
        DType computed = computeType.of(input.dtype());
        try (Frame frame = autograd.frame()) {
            Tensor x = frame.let(aten.to(input, computed));
            Tensor offset = bias == null ? null : frame.let(aten.to(bias, computed));
            return aten.to(product(x, offset), input.dtype());
        }
    }

    private Tensor product(Tensor x, @Nullable Tensor offset) {
        Operation op = autograd.operation("MatMul4Bit", x);
        Tensor out = autograd.withGradient(false, () -> {
            try (Frame arguments = autograd.frame()) {
                Tensor whole = arguments.let(aten.to(matrix.dequantize(), x.dtype()));
                return aten.linear(x, whole, offset);
            }
        });
        return op.returns(out, this::gradients);
    }

    /** {@code grad_output @ dequantized}, in the type of the gradient. */
    private @Nullable Tensor[] gradients(BackwardCall call) {
        Tensor gradient = call.gradient();
        Tensor whole = aten.to(matrix.dequantize(), gradient.dtype());
        Tensor result = LinearAlgebra.productIn(
                call, aten, gradient.shape().withLast(matrix.shape().dimension(1)), gradient.dtype());
        autograd.useUp(whole);
        return new Tensor[] {result};
    }
}
