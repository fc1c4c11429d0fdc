package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Positions as biases on the scores, by head and key (attention with linear biases). Source: transformers 5.17,
 * {@code modeling_falcon.py}, {@code build_alibi_tensor}, FalconModel.
 */
record Alibi(Autograd autograd, long heads) {
    /** The biases, of shape [b, heads, 1, keys]; bfloat16 before they are cast, unless the mask is float32. */
    Tensor biases(ModelInput input, DType dtype) {
        try (Frame frame = autograd.frame()) {
            long powerOfTwo = Long.highestOneBit(heads);
            frame.let(allocate(Shape.SCALAR, DType.FLOAT32, "aten::full"));
            frame.let(allocate(Shape.of(powerOfTwo), DType.INT32, "aten::arange"));
            Tensor slopes = frame.let(allocate(Shape.of(powerOfTwo), DType.FLOAT32, "aten::pow"));
            if (powerOfTwo != heads) {
                Shape rest = Shape.of(heads - powerOfTwo);
                frame.let(allocate(Shape.SCALAR, DType.FLOAT32, "aten::full"));
                frame.let(allocate(rest, DType.INT32, "aten::arange"));
                Tensor more = allocate(rest, DType.FLOAT32, "aten::pow");
                slopes = frame.replace(slopes, allocate(Shape.of(heads), DType.FLOAT32, "aten::cat"));
                autograd.useUp(more);
            }
            Tensor sum = allocate(input.maskShape(), input.maskType(), "aten::cumsum");
            Tensor numbers = allocate(input.maskShape(), input.maskType(), "aten::sub");
            autograd.useUp(sum);
            frame.let(allocate(input.maskShape(), input.maskType(), "aten::mul"));
            autograd.useUp(numbers);
            Tensor rounded = allocate(slopes.shape(), DType.BFLOAT16, "aten::_to_copy");
            Shape shape = Shape.of(input.batch(), Extent.of(heads), Extent.ONE, input.keys());
            DType type = DType.promote(DType.BFLOAT16, input.maskType());
            Tensor biases = frame.let(allocate(shape, type, "aten::mul"));
            autograd.useUp(rounded);
            return dtype == type ? frame.returning(biases) : allocate(shape, dtype, "aten::_to_copy");
        }
    }

    /**
     * A mask with the biases where keys are visible, of shape [b, heads, s, keys], which takes the name of the one given.
     *
     * @param mask a boolean one, or one to be added
     */
    Tensor enterMask(Tensor mask, Tensor biases, Frame frame) {
        Tensor additive = mask;
        if (mask.dtype() == DType.BOOL) {
            Tensor zero = allocate(Shape.SCALAR, biases.dtype(), "aten::full");
            Tensor lowest = allocate(Shape.SCALAR, biases.dtype(), "aten::scalar_tensor");
            Tensor where = allocate(mask.shape(), biases.dtype(), "aten::where");
            autograd.useUp(lowest);
            autograd.useUp(zero);
            additive = frame.replace(mask, where);
        }
        Tensor scaled = allocate(biases.shape(), biases.dtype(), "aten::div");
        Tensor hidden = allocate(mask.shape(), DType.BOOL, "aten::lt");
        Tensor biased = allocate(mask.shape().with(1, Extent.of(heads)), biases.dtype(), "aten::masked_fill");
        autograd.useUp(scaled);
        autograd.useUp(hidden);
        return frame.replace(additive, biased);
    }

    private Tensor allocate(Shape shape, DType dtype, String operation) {
        return autograd.allocate(shape, dtype, operation);
    }
}
