package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A layer with norms after attention and after the MLP only. Source: transformers 5.17, {@code modeling_olmo2.py},
 * Olmo2DecoderLayer.
 */
record PostNormLayer(Aten aten, String path, Attention attention, RmsNorm attentionNorm, Mlp mlp, RmsNorm mlpNorm)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Attention.Result attended = attention.forward(input, angles, mask, cache);
                Tensor hidden = frame.let(attended.outputIn(frame));
                hidden = frame.replace(hidden, attentionNorm.forward(hidden));
                hidden = frame.replace(hidden, aten.add(input, hidden));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, mlp.forward(hidden));
                hidden = frame.replace(hidden, mlpNorm.forward(hidden));
                hidden = frame.replace(hidden, aten.add(residual, hidden));
                return frame.returning(hidden);
            }
        });
    }
}
