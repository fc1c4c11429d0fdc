package dev.headroom.model.pytorch.aten;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Operations on many small square matrices.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/BatchLinearAlgebra.cpp} ({@code linalg_solve_ex}),
 * {@code cuda/linalg/BatchLinearAlgebraLibBlas.cpp} ({@code get_device_pointers}),
 * {@code torch/csrc/autograd/FunctionsManual.cpp} ({@code linalg_solve_backward}).
 */
public final class BlockMatrices {
    private final Aten aten;
    private final Autograd autograd;

    public BlockMatrices(Aten aten) {
        this.aten = aten;
        this.autograd = aten.autograd();
    }

    /**
     * {@code torch.linalg.solve(a, b, left=False)} of batches of matrices that cuBLAS factorizes all at once.
     *
     * @param a shape [matrices, n, n]
     * @param b shape [matrices, n, n]
     */
    public Tensor solve(Tensor a, Tensor b) {
        try (Frame arguments = autograd.frame()) {
            arguments.let(a);
            arguments.let(b);
            Extent matrices = a.shape().dimension(0);
            Operation op = autograd.operation("LinalgSolveExBackward0", a, b);
            Tensor result = op.allocates(b.shape(), b.dtype());
            Tensor factors = op.allocates(a.shape(), a.dtype());
            Tensor pivots = op.allocates(Shape.of(matrices, a.shape().dimension(1)), DType.INT32);
            Tensor info = op.allocates(Shape.of(matrices), DType.INT32);
            autograd.useUp(pointers(matrices));
            Tensor pointersToFactors = pointers(matrices);
            autograd.useUp(pointers(matrices));
            autograd.useUp(pointersToFactors);
            op.saves(a).saves(factors).saves(pivots).saves(result);
            op.returns(result, this::solveGradients);
            autograd.useUp(factors);
            autograd.useUp(pivots);
            autograd.useUp(autograd.allocate(Shape.SCALAR, DType.BOOL, "aten::any"));
            autograd.useUp(info);
            return result;
        }
    }

    private Tensor pointers(Extent matrices) {
        return autograd.allocate(Shape.of(matrices), DType.INT64, "aten::arange");
    }

    private Tensor[] solveGradients(BackwardCall call) {
        Tensor second = call.allocateLike(call.gradient());
        Extent matrices = call.gradient().shape().dimension(0);
        Tensor pointersToFactors = call.allocate(Shape.of(matrices), DType.INT64);
        call.free(call.allocate(Shape.of(matrices), DType.INT64));
        call.free(pointersToFactors);
        Tensor product = call.allocateLike(call.gradient());
        aten.blas().product();
        Tensor first = call.allocateLike(call.gradient());
        call.free(product);
        return new Tensor[] {first, second};
    }

    /**
     * {@code torch.block_diag(*torch.unbind(x))}: a square matrix, whose gradient is taken apart again.
     *
     * @param x shape [matrices, n, n]
     */
    public Tensor onDiagonal(Tensor x) {
        Operation op = autograd.operation("BlockDiagBackward0", x);
        Shape before = x.shape();
        Extent side = before.dimension(1).times(before.dimension(0).value());
        Tensor out = op.allocates(Shape.of(side, side), x.dtype());
        return op.returns(
                out, call -> Aten.one(call.allocate(before, call.gradient().dtype())));
    }

    /** {@code x[0]} of a batch of one matrix: a view, whose gradient is put into zeros of the batch's size. */
    public Tensor onlyMatrix(Tensor x) {
        Operation op = autograd.operation("SelectBackward0", x);
        Shape before = x.shape();
        return op.returns(
                autograd.alias(x, before.withoutDimension(0)),
                call -> Aten.one(call.allocate(before, call.gradient().dtype())));
    }
}
