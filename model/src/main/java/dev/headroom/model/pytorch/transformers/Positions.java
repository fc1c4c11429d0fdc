package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/** Numbers of positions: {@code (torch.arange(s) + past).unsqueeze(0)}. */
final class Positions {
    private Positions() {}

    static Tensor of(Autograd autograd, Extent sequence) {
        Tensor range = autograd.allocate(Shape.of(sequence), DType.INT64, "aten::arange");
        Tensor positions = autograd.allocate(Shape.of(Extent.ONE, sequence), DType.INT64, "aten::add");
        autograd.useUp(range);
        return positions;
    }
}
