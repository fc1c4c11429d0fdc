package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/** LoRA's modules: A of shape [rank, inputs], B of shape [outputs, rank], and the dropout before them. */
final class LoraMatrices {
    private static final String DOWN = "lora_A";
    private static final String UP = "lora_B";

    private final Aten aten;
    private final AdapterWeights weights;
    private final String path;
    private final boolean dropout;

    LoraMatrices(Aten aten, Lora method, LinearLayer layer) {
        this.aten = aten;
        this.path = layer.path();
        this.dropout = method.dropout() > 0;
        this.weights = new AdapterWeights(aten.autograd(), path)
                .make(DOWN, Shape.of(method.lengthOf(path), Extent.of(layer.inputs())))
                .make(UP, Shape.of(Extent.of(layer.outputs()), method.lengthOf(path)));
    }

    AdapterWeights weights() {
        return weights;
    }

    DType dtype() {
        return weights.get(DOWN).dtype();
    }

    /** Whether inputs are dropped. */
    boolean drops() {
        return dropout;
    }

    Tensor dropped(Tensor x) {
        return dropout ? aten.inModule(path + ".lora_dropout.default", x, aten::dropout) : x;
    }

    /** {@code lora_A(x)}. */
    Tensor down(Tensor x) {
        return aten.inModule(
                path + "." + DOWN + ".default", x, argument -> aten.linear(argument, weights.get(DOWN), null));
    }

    /** {@code lora_B(x)}. */
    Tensor up(Tensor x) {
        return aten.inModule(path + "." + UP + ".default", x, argument -> aten.linear(argument, weights.get(UP), null));
    }
}
