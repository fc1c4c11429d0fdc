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

    @Nullable
    LoraAdapter adapter() {
        return adapter;
    }

    /**
     * The layer's output; with an adapter {@code result + lora_B(lora_A(dropout(x))) * scaling}, where x is first cast to
     * the adapter's type: each adapted layer makes, and keeps, its own copy. Source: peft 0.21,
     * {@code peft/tuners/lora/layer.py}, {@code Linear.forward}.
     */
    Tensor forward(Tensor argument) {
        LoraAdapter lora = adapter;
        if (lora == null) {
            return aten.inModule(path, argument, input -> aten.linear(input, weight, bias));
        }
        return aten.inModule(path, argument, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor result =
                        frame.let(aten.inModule(path + ".base_layer", input, base -> aten.linear(base, weight, bias)));
                DType resultType = result.dtype();
                Tensor x = frame.let(aten.to(input, lora.down().dtype()));
                result = frame.replace(result, aten.add(result, lora.forward(x)));
                result = frame.replace(result, aten.to(result, resultType));
                return frame.returning(result);
            }
        });
    }
}
