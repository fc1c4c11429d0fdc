package dev.headroom.model.pytorch.aten;

import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * {@code base[..., a:b].copy_(part)}: no memory in the forward pass. In the backward pass the gradient of the base is copied,
 * the slice is copied out of that and, where the base had a gradient before, overwritten by zeros.
 *
 * <p>Source: PyTorch 2.11, {@code torch/csrc/autograd/functions/tensor.cpp}, {@code CopySlices::apply_impl},
 * {@code CopyBackwards::apply}.
 */
public final class SliceAssignment {
    private SliceAssignment() {}

    /**
     * The base with its new place in the graph.
     *
     * @param part of any type, which is converted on the way
     */
    public static Tensor of(Aten aten, Tensor base, Tensor part) {
        Operation op = aten.autograd().operation("CopySlices", base, part);
        Shape shape = part.shape();
        DType type = part.dtype();
        DType baseType = base.dtype();
        return op.returns(aten.autograd().alias(base, base.shape()), call -> {
            Tensor whole = call.allocateLike(call.gradient());
            Tensor slice = call.allocate(shape, baseType);
            Tensor zeros = call.needs(0) ? call.allocate(shape, baseType) : null;
            Tensor converted = type == baseType ? slice : call.allocate(shape, type);
            if (converted != slice) {
                call.free(slice);
            }
            if (zeros == null) {
                call.free(whole);
                return Aten.two(null, converted);
            }
            call.free(zeros);
            return Aten.two(whole, converted);
        });
    }
}
