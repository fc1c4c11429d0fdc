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
 * Rows and elements picked by index, and sorting.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/cuda/Indexing.cu} ({@code index_put_with_sort_kernel}),
 * {@code Sort.h}, {@code SortStable.cu}; {@code tools/autograd/derivatives.yaml}.
 */
public final class Indexing {
    /** The longest rows that are sorted in place. */
    private static final long SMALL_SORT = 4096;

    private final Autograd autograd;

    public Indexing(Aten aten) {
        this.autograd = aten.autograd();
    }

    /** A sorted copy, and where each of its elements came from. */
    public record Sorted(Tensor values, Tensor origins) {}

    /**
     * {@code torch.sort(keys)} of whole numbers of 64 bits in one dimension.
     *
     * @param frame the frame whose names both results become
     */
    public Sorted sort(Tensor keys, Frame frame) {
        Extent count = keys.shape().dimension(0);
        Tensor values = frame.let(autograd.allocate(keys.shape(), DType.INT64, "aten::sort"));
        Tensor origins = frame.let(autograd.allocate(keys.shape(), DType.INT64, "aten::sort"));
        Tensor range = autograd.allocate(keys.shape(), DType.INT64, "aten::arange");
        if (autograd.exceeds(count, SMALL_SORT)) {
            autograd.useUp(autograd.allocate(Shape.of(RadixSort.scratch(count)), DType.UINT8, "radix sort"));
        }
        autograd.useUp(range);
        return new Sorted(values, origins);
    }

    /** {@code keys.argsort(stable=True)} of keys of one byte. */
    public Tensor argsort(Tensor keys) {
        Extent count = keys.shape().dimension(0);
        Tensor values = autograd.allocate(keys.shape(), keys.dtype(), "aten::sort");
        Tensor origins = autograd.allocate(keys.shape(), DType.INT64, "aten::sort");
        Tensor range = autograd.allocate(keys.shape(), DType.INT64, "aten::arange");
        if (autograd.exceeds(count, SMALL_SORT)) {
            autograd.useUp(autograd.allocate(Shape.of(RadixSort.scratchOfBytes(count)), DType.UINT8, "radix sort"));
        }
        autograd.useUp(range);
        autograd.useUp(values);
        autograd.useUp(keys);
        return origins;
    }

    /**
     * {@code x[index]}: rows of x, or elements if it has one dimension. The gradient is summed into zeros of x's size in the
     * order of the sorted index.
     */
    public Tensor rows(Tensor x, Tensor index) {
        Operation op = autograd.operation("IndexBackward0", x);
        op.saves(index);
        Shape before = x.shape();
        Tensor out = op.allocates(before.with(0, index.shape().dimension(0)), x.dtype());
        DType dtype = x.dtype();
        op.returns(out, call -> Aten.one(scattered(call, before, dtype)));
        autograd.useUp(index);
        return out;
    }

    /** {@code x.gather(1, index)}: elements of each row. The gradient is added into zeros of x's size. */
    public Tensor gather(Tensor x, Tensor index) {
        Operation op = autograd.operation("GatherBackward0", x);
        op.saves(index);
        Shape before = x.shape();
        DType dtype = x.dtype();
        return op.returns(op.allocates(index.shape(), dtype), call -> Aten.one(call.allocate(before, dtype)));
    }

    /** {@code torch.full_like(…).scatter_(1, index, values)}: the gradient is gathered. */
    public Tensor scatter(Tensor values, Tensor index, Shape shape) {
        Operation op = autograd.operation("ScatterBackward0", values);
        op.saves(index);
        Shape before = values.shape();
        return op.returns(
                op.allocates(shape, values.dtype()),
                call -> Aten.one(call.allocate(before, call.gradient().dtype())));
    }

    /**
     * {@code x[..., [n], …]}: one slice of a dimension, picked by a list of one number, which goes to the device for it. The
     * gradient is summed into zeros of x's size.
     *
     * @param shape x's, with 1 in the place of that dimension
     * @param length of that dimension
     */
    public Tensor one(Tensor x, Shape shape, Extent length) {
        Tensor index = autograd.allocate(Shape.of(1), DType.INT64, "aten::_to_copy");
        Operation op = autograd.operation("IndexBackward0", x);
        op.saves(index);
        Shape before = x.shape();
        Tensor out = op.allocates(shape, x.dtype());
        DType dtype = x.dtype();
        op.returns(out, call -> Aten.one(scattered(call, before, dtype, length)));
        autograd.useUp(index);
        return out;
    }

    /** {@code x.index_add_(0, index, rows)}; the gradient of rows is picked from that of x. */
    public Tensor addRows(Tensor x, Tensor rows, Tensor index) {
        Operation op = autograd.operation("IndexAddBackward0", x, rows);
        op.saves(index);
        Shape shape = rows.shape();
        Tensor out = autograd.alias(x, x.shape());
        return op.returns(
                out,
                call -> Aten.two(
                        call.needs(0) ? call.handOn() : null,
                        call.needs(1) ? call.allocate(shape, call.gradient().dtype()) : null));
    }

    private static Tensor scattered(BackwardCall call, Shape shape, DType dtype) {
        return scattered(call, shape, dtype, shape.dimension(0));
    }

    private static Tensor scattered(BackwardCall call, Shape shape, DType dtype, Extent length) {
        Tensor result = call.allocate(shape, dtype);
        Shape index = call.saved(0).shape();
        Tensor wrapped = call.allocate(index, DType.INT64);
        Tensor linear = call.allocate(index, DType.INT64);
        call.free(wrapped);
        Tensor sorted = call.allocate(index, DType.INT64);
        Tensor origins = call.allocate(index, DType.INT64);
        Tensor range = call.allocate(index, DType.INT64);
        Extent scratch = RadixSort.scratch(index.dimension(0), length);
        call.free(call.allocate(Shape.of(scratch), DType.UINT8));
        call.free(range);
        call.free(origins);
        call.free(sorted);
        call.free(linear);
        return result;
    }
}
