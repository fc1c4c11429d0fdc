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
 * Operations on several square matrices.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/BatchLinearAlgebra.cpp} ({@code linalg_solve_ex}),
 * {@code cuda/linalg/BatchLinearAlgebra.cpp} ({@code lu_factor}, {@code lu_solve_kernel}, {@code triangular_solve_kernel}),
 * {@code cuda/linalg/BatchLinearAlgebraLibBlas.cpp} ({@code get_device_pointers}),
 * {@code torch/csrc/autograd/FunctionsManual.cpp} ({@code linalg_solve_backward}).
 */
public final class BlockMatrices {
    /** Sides up to which cuBLAS solves by one call, and up to which it factorizes any number of matrices. */
    private static final long SMALL = 16;
    /** Sides up to which cuBLAS factorizes some matrices, and how many; MAGMA does the rest, with pointers on the host. */
    private static final long FEW_UP_TO = 128;

    private static final long FEW = 16;
    /** Sides from which, and numbers of matrices up to which triangular systems are solved one by one. */
    private static final long LARGE = 64;

    private static final long ONE_BY_ONE = 8;

    private final Aten aten;
    private final Autograd autograd;

    public BlockMatrices(Aten aten) {
        this.aten = aten;
        this.autograd = aten.autograd();
    }

    /**
     * {@code torch.linalg.solve(a, b, left=False)}: a's transpose is factorized, so that the solution takes the adjoint of
     * the factors, and its gradient the factors themselves.
     *
     * @param a shape [matrices, n, n], of several matrices
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
            factorize(a.shape());
            luSolve(a.shape(), a.dtype(), true);
            op.saves(a).saves(factors).saves(pivots).saves(result);
            op.returns(result, this::solveGradients);
            autograd.useUp(factors);
            autograd.useUp(pivots);
            autograd.useUp(autograd.allocate(Shape.SCALAR, DType.BOOL, "aten::any"));
            autograd.useUp(info);
            return result;
        }
    }

    private void factorize(Shape shape) {
        long matrices = shape.dimension(0).value();
        long side = shape.dimension(1).value();
        if (side <= SMALL || (side <= FEW_UP_TO && matrices <= FEW)) {
            autograd.useUp(longs(shape.dimension(0)));
        }
    }

    /** Solves with factors of as many matrices, as many right-hand sides as a matrix has rows. */
    private void luSolve(Shape shape, DType dtype, boolean adjoint) {
        if (shape.dimension(1).value() <= SMALL) {
            takePointers(shape.dimension(0));
            return;
        }
        try (Frame frame = autograd.frame()) {
            Tensor range = longs(shape.dimension(1));
            frame.let(longs(shape.dimension(0), shape.dimension(1)));
            autograd.useUp(range);
            if (adjoint) {
                solveTriangular(shape);
                solveTriangular(shape);
                autograd.useUp(autograd.allocate(shape, dtype, "aten::clone"));
                return;
            }
            frame.let(longs(shape.dimension(1)));
            frame.let(longs(shape.dimension(0), shape.dimension(1)));
            frame.let(autograd.allocate(shape, dtype, "aten::scatter"));
            solveTriangular(shape);
            solveTriangular(shape);
        }
    }

    private void solveTriangular(Shape shape) {
        boolean oneByOne =
                shape.dimension(0).value() <= ONE_BY_ONE && shape.dimension(1).value() >= LARGE;
        if (!oneByOne) {
            takePointers(shape.dimension(0));
        }
    }

    /** Pointers to both operands of a batched call. */
    private void takePointers(Extent matrices) {
        Tensor first = longs(matrices);
        autograd.useUp(longs(matrices));
        autograd.useUp(first);
    }

    private Tensor longs(Extent... shape) {
        return autograd.allocate(Shape.of(shape), DType.INT64, "aten::arange");
    }

    private Tensor[] solveGradients(BackwardCall call) {
        Tensor second = call.allocateLike(call.gradient());
        luSolve(call.gradient().shape(), call.gradient().dtype(), false);
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
