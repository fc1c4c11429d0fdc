package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A pre-norm layer whose MLP works on flattened tokens. Source: transformers 5.17, {@code modeling_opt.py},
 * OPTDecoderLayer.
 *
 * @param drops whether residuals are dropped out
 */
record OptLayer(
        Aten aten,
        String path,
        LayerNorm attentionNorm,
        Attention attention,
        LayerNorm finalNorm,
        LinearLayer up,
        LinearLayer down,
        boolean drops)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(attentionNorm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                hidden = frame.replace(hidden, attended.outputIn(frame));
                hidden = dropped(frame, hidden);
                hidden = frame.replace(hidden, aten.add(input, hidden));
                Shape shape = hidden.shape();
                hidden = frame.replace(hidden, aten.view(hidden, shape.flattened()));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, finalNorm.forward(hidden));
                hidden = frame.replace(hidden, up.forward(hidden));
                hidden = frame.replace(hidden, aten.inModule(path + ".activation_fn", hidden, aten::relu));
                hidden = frame.replace(hidden, down.forward(hidden));
                hidden = dropped(frame, hidden);
                return aten.view(aten.add(residual, hidden), shape);
            }
        });
    }

    private Tensor dropped(Frame frame, Tensor hidden) {
        return drops ? frame.replace(hidden, aten.dropout(hidden)) : hidden;
    }
}
