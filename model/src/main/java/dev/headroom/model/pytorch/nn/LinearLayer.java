package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import org.jspecify.annotations.Nullable;

/** {@code torch.nn.Linear}, adapted by LoRA or not. */
final class LinearLayer {
    private final Aten aten;
    private final String path;
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private @Nullable LoraAdapter adapter;

    LinearLayer(Aten aten, String path, Tensor weight, @Nullable Tensor bias) {
        this.aten = aten;
        this.path = path;
        this.weight = weight;
        this.bias = bias;
    }

    String path() {
        return path;
    }

    Tensor weight() {
        return weight;
    }

    void adapt(LoraAdapter newAdapter) {
        adapter = newAdapter;
    }

    @Nullable LoraAdapter adapter() {
        return adapter;
    }

    Tensor forward(Tensor x) {
        LoraAdapter lora = adapter;
        if (lora == null) {
            return aten.inModule(path, x, input -> aten.linear(input, weight, bias));
        }
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor result = frame.let(
                        aten.inModule(path + ".base_layer", input, base -> aten.linear(base, weight, bias)));
                DType resultType = result.dtype();
                result = frame.replace(result, lora.addTo(result, input));
                result = frame.replace(result, aten.to(result, resultType));
                return frame.returning(result);
            }
        });
    }
}
