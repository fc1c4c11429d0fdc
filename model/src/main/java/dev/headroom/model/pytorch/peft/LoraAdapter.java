package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;

/**
 * The two low-rank matrices beside a frozen layer: {@code result + lora_B(lora_A(dropout(x))) * scaling}. The input is
 * first cast to the adapter's type: each adapted layer makes, and keeps, a copy of its own.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/layer.py}, {@code Linear.forward}.
 */
final class LoraAdapter implements TrainedAdapter {
    private final Aten aten;
    private final LoraMatrices matrices;

    LoraAdapter(Aten aten, Lora method, LinearLayer layer) {
        this.aten = aten;
        this.matrices = new LoraMatrices(aten, method, layer);
    }

    @Override
    public AdapterWeights weights() {
        return matrices.weights();
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            DType resultType = result.dtype();
            Tensor x = frame.let(aten.to(input, matrices.dtype()));
            Tensor delta = aten.scale(matrices.up(matrices.down(matrices.dropped(x))));
            result = frame.replace(result, aten.add(result, delta));
            result = frame.replace(result, aten.to(result, resultType));
            return frame.returning(result);
        }
    }
}
