package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;

/**
 * LoRA's matrices beside a 4-bit layer. The layer's result is copied first; inputs are cast to the adapter's type, and the
 * update back, unless autocast does that.
 *
 * <p>Source: peft 0.12, 0.13 and 0.21, {@code peft/tuners/lora/bnb.py}, {@code Linear4bit.forward}.
 */
final class QuantizedLoraAdapter implements TrainedAdapter {
    private final Aten aten;
    private final LoraMatrices matrices;

    QuantizedLoraAdapter(Aten aten, Lora method, LinearLayer layer) {
        this.aten = aten;
        this.matrices = new LoraMatrices(aten, method, layer);
    }

    @Override
    public AdapterWeights weights() {
        return matrices.weights();
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        boolean converts = aten.autograd().autocast().dtype().isEmpty();
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            result = frame.replace(result, aten.copy(result, result.shape()));
            DType expected = result.dtype();
            Tensor x = frame.let(converts ? aten.to(input, matrices.dtype()) : input);
            Tensor update = frame.let(aten.scale(matrices.up(matrices.down(matrices.dropped(x)))));
            if (converts) {
                update = frame.replace(update, aten.to(update, expected));
            }
            result = frame.replace(result, aten.add(result, update));
            return frame.returning(result);
        }
    }
}
