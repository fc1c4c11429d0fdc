package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import org.jspecify.annotations.Nullable;

/** {@code torch.nn.LayerNorm} with weight and, mostly, bias. */
record LayerNorm(
        Aten aten, String path, Tensor weight, @Nullable Tensor bias) {
    /** The norm of this path among a model's weights. */
    static LayerNorm of(Aten aten, String path, Weights weights) {
        return new LayerNorm(
                aten, path, weights.get(path + ".weight"), weights.all().get(path + ".bias"));
    }

    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> aten.layerNorm(input, weight, bias));
    }
}
