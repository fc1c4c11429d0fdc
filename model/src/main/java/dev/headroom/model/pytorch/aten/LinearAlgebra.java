package dev.headroom.model.pytorch.aten;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Operations on matrices that adapters are made of, beside those every model needs.
 *
 * <p>Source: PyTorch 2.11, {@code tools/autograd/derivatives.yaml}, {@code torch/csrc/autograd/FunctionsManual.cpp},
 * {@code aten/src/ATen/native/Linear.cpp} ({@code sumproduct_pair}).
 */
public final class LinearAlgebra {
    private final Aten aten;
    private final Autograd autograd;

    public LinearAlgebra(Aten aten) {
        this.aten = aten;
        this.autograd = aten.autograd();
    }

    /** {@code torch.eye(n)}. */
    public Tensor identity(long size, DType dtype) {
        return autograd.allocate(Shape.of(size, size), dtype, "aten::eye");
    }

    /** {@code x @ matrix}, where x is a matrix or has further leading dimensions. */
    public Tensor product(Tensor x, Tensor matrix) {
        try (Frame arguments = autograd.frame()) {
            arguments.let(matrix);
            arguments.let(x);
            // C++ evaluates the arguments of the cast function from right to left.
            Tensor second = aten.castForProduct(matrix);
            Tensor first = aten.castForProduct(x);
            if (first.shape().rank() == 2) {
                return aten.matrixProduct(first, second);
            }
            Shape out = first.shape().withLast(second.shape().dimension(1));
            return aten.view(aten.matrixProduct(aten.view(first, first.shape().flattened()), second), out);
        }
    }

    /** {@code torch.bmm(a, b)}, under autocast of casts. */
    public Tensor batchedProduct(Tensor a, Tensor b) {
        Tensor second = aten.castForProduct(b);
        Tensor first = aten.castForProduct(a);
        return aten.batchedProduct(first, second);
    }

    /** The product of {@code torch.einsum("...rk,rkc->...rc", a, b)}, which casts its operands in the other order. */
    public Tensor groupedProduct(Tensor a, Tensor b) {
        Tensor first = aten.castForProduct(a);
        Tensor second = aten.castForProduct(b);
        return aten.batchedProduct(first, second);
    }

    /** {@code a - b}. */
    public Tensor subtract(Tensor a, Tensor b) {
        Operation op = autograd.operation("SubBackward0", a, b);
        Tensor out = op.allocates(
                Shape.broadcast(a.shape(), b.shape()), DType.promote(a.dtype(), b.dtype()), a.isContiguous());
        return op.returns(out, call -> {
            Tensor second = call.needs(1) ? call.allocateLike(call.gradient()) : null;
            return Aten.two(call.needs(0) ? call.handOn() : null, second);
        });
    }

    /** {@code a / b}. The gradient of b is {@code -grad * ((a / b) / b)}: four tensors before the statement ends. */
    public Tensor divide(Tensor a, Tensor b) {
        Operation op = autograd.operation("DivBackward0", a, b);
        op.saves(op.needs(1) ? a : null).saves(b);
        Tensor out = op.allocates(Shape.broadcast(a.shape(), b.shape()), DType.promote(a.dtype(), b.dtype()));
        return op.returns(out, call -> quotientGradients(call, b.dtype()));
    }

    /** {@code a /= b}, which keeps a copy of a for the gradient of b. */
    public Tensor divideInPlace(Tensor a, Tensor b) {
        Operation op = autograd.operation("DivBackward0", a, b);
        Tensor original = op.needs(1) ? op.allocates(a.shape(), a.dtype()) : null;
        op.saves(original).saves(b);
        if (original != null) {
            autograd.useUp(original);
        }
        return op.returns(autograd.alias(a, a.shape()), call -> quotientGradients(call, b.dtype()));
    }

    private static @Nullable Tensor[] quotientGradients(BackwardCall call, DType divisor) {
        Tensor second = call.needs(1) ? divisorGradient(call, divisor) : null;
        Tensor gradient = call.gradient();
        Tensor first = call.needs(0)
                ? call.allocate(gradient.shape(), DType.promote(gradient.dtype(), divisor), gradient.isContiguous())
                : null;
        return Aten.two(first, second);
    }

    private static Tensor divisorGradient(BackwardCall call, DType divisor) {
        Tensor dividend = call.saved(0);
        DType wider = DType.promote(dividend.dtype(), divisor);
        Tensor quotient = call.allocate(dividend.shape(), wider, dividend.isContiguous());
        Tensor again = call.allocateLike(quotient);
        Tensor negative = call.allocateLike(call.gradient());
        Tensor result =
                call.allocate(negative.shape(), DType.promote(negative.dtype(), wider), negative.isContiguous());
        call.free(negative);
        call.free(again);
        call.free(quotient);
        return result;
    }

    /**
     * {@code a += number * b}: no memory but for the gradient of b, which is scaled unless the number is 1.
     *
     * @return a with its new place in the graph
     */
    public Tensor addInPlace(Tensor a, Tensor b, boolean scaled) {
        Operation op = autograd.operation("AddBackward0", a, b);
        Tensor out = autograd.alias(a, a.shape());
        return op.returns(out, call -> {
            Tensor first = call.needs(0) ? call.handOn() : null;
            if (!call.needs(1)) {
                return Aten.two(first, null);
            }
            return Aten.two(first, scaled ? call.allocateLike(call.gradient()) : call.handOn());
        });
    }

    /**
     * {@code a += b} where a is a view, as the output of a linear layer with bias is: the gradient goes to the view's base
     * first, through a copy of each.
     *
     * <p>Source: PyTorch 2.11, {@code torch/csrc/autograd/functions/tensor.cpp}, {@code CopySlices::apply_impl};
     * {@code FunctionsManual.cpp}, {@code as_strided_backward}.
     *
     * @return a with its new place in the graph
     */
    public Tensor addInPlaceToView(Tensor a, Tensor b) {
        Operation slices = autograd.operation("CopySlices", a, b);
        Tensor base = slices.returns(autograd.alias(a, a.shape()), call -> {
            Tensor whole = call.allocateLike(call.gradient());
            Tensor slice = call.allocateLike(call.gradient());
            if (call.needs(0)) {
                return Aten.two(whole, slice);
            }
            call.free(whole);
            return Aten.two(null, slice);
        });
        Operation strided = autograd.operation("AsStridedBackward0", base);
        return strided.returns(
                autograd.alias(base, base.shape()), call -> Aten.one(call.allocateLike(call.gradient())));
    }

    /**
     * {@code torch.linalg.vector_norm(x, dim=…)}; autocast has it computed in float32, without a cast of x. Its gradient is
     * {@code grad * (x / norm).masked_fill_(norm == 0, 0)}.
     */
    public Tensor norm(Tensor x, Shape shape) {
        return norm(x, shape, false);
    }

    /**
     * {@code torch.linalg.norm(x, dim=1)} of a matrix.
     *
     * @param transposed whether rows lie apart in memory and columns together, so that the norms are sums over columns
     */
    public Tensor norm(Tensor x, Shape shape, boolean transposed) {
        Operation op = autograd.operation("LinalgVectorNormBackward0", x);
        op.saves(x);
        boolean inFloat32 = autograd.autocast().dtype().isPresent();
        Tensor out = op.allocates(shape, inFloat32 ? DType.FLOAT32 : x.dtype());
        if (transposed) {
            autograd.reduction().stageColumns(x.shape().transposed(-2, -1));
        }
        op.saves(out);
        return op.returns(out, call -> {
            Tensor quotient = call.allocateLike(call.saved(0));
            Tensor zero = call.allocate(shape, DType.BOOL);
            Tensor result = call.allocateLike(call.saved(0));
            call.free(zero);
            call.free(quotient);
            return Aten.one(result);
        });
    }

    /**
     * {@code matrix[:, rows, columns] = values} into a tensor of zeros.
     *
     * @param indices rows and columns, which are saved one by one
     */
    public Tensor scatter(Tensor values, Tensor indices, Shape shape) {
        Tensor zeros = autograd.allocate(shape, values.dtype(), "aten::zeros");
        Operation op = autograd.operation("IndexPutBackward0", zeros, values);
        op.saves(indices).saves(indices);
        Shape before = values.shape();
        Tensor out = autograd.alias(zeros, shape);
        return op.returns(
                out,
                call -> Aten.two(null, call.allocate(before, call.gradient().dtype())));
    }

    /** {@code torch.kron(a, b)}: a product of views with interleaved dimensions. */
    public Tensor kronecker(Tensor a, Tensor b) {
        Extent rows = a.shape().dimension(0);
        Extent columns = a.shape().dimension(1);
        Tensor left = aten.view(a, Shape.of(rows, Extent.ONE, columns, Extent.ONE));
        Tensor right = aten.view(
                b,
                Shape.of(
                        Extent.ONE,
                        b.shape().dimension(0),
                        Extent.ONE,
                        b.shape().dimension(1)));
        return aten.view(
                aten.multiply(left, right),
                Shape.of(
                        rows.times(b.shape().dimension(0)),
                        columns.times(b.shape().dimension(1))));
    }

    /**
     * {@code x.reshape(b, s, n, k).permute(2, 0, 1, 3).reshape(n, b * s, k)}, the operand that {@code einsum} makes for a
     * product of each group of columns: a view, whose gradient is copied back into rows.
     */
    public Tensor groupColumns(Tensor x, long groups) {
        Operation op = autograd.operation("ViewBackward0", x);
        Shape before = x.shape();
        Extent rows = before.flattened().dimension(0);
        Shape grouped =
                Shape.of(Extent.of(groups), rows, Extent.of(before.dimension(-1).value() / groups));
        return op.returns(
                autograd.alias(x, grouped),
                call -> Aten.one(call.allocate(before, call.gradient().dtype())));
    }

    /** The inverse of {@link #groupColumns}: a copy, whose gradient is a view. */
    public Tensor ungroupColumns(Tensor x, Shape shape) {
        return aten.copy(x, shape);
    }

    /** Allocates what no gradient flows to and what is no weight that trains, such as a buffer of indices. */
    public Tensor buffer(Shape shape, DType dtype) {
        return autograd.own(autograd.allocate(shape, dtype, TensorOrigin.BUFFER, Category.FROZEN_WEIGHTS));
    }

    /** A matrix product in the backward function of a Python {@code autograd.Function}. */
    public static Tensor productIn(BackwardCall call, Aten aten, Shape shape, DType dtype) {
        Tensor out = call.allocate(shape, dtype);
        aten.blas().product();
        return out;
    }
}
