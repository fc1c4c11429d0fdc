package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;

/** {@code torch.nn.LayerNorm} with weight and bias. */
record LayerNorm(Aten aten, String path, Tensor weight, Tensor bias) {
    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> aten.layerNorm(input, weight, bias));
    }
}
