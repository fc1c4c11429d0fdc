package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/** Numbers of positions, shape [1, s]: {@code (torch.arange(s) + offset).unsqueeze(0)}. */
final class PositionNumbers {
    private PositionNumbers() {}

    static Tensor of(Autograd autograd, Extent sequence) {
        Tensor range = autograd.allocate(Shape.of(sequence), DType.INT64, "aten::arange");
        Tensor numbers = autograd.allocate(Shape.of(Extent.ONE, sequence), DType.INT64, "aten::add");
        autograd.useUp(range);
        return numbers;
    }
}
