package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/** A pre-norm layer. Source: transformers 5.17, {@code modeling_gpt2.py}, GPT2Block. */
record Gpt2Layer(Aten aten, String path, LayerNorm attentionNorm, Attention attention, LayerNorm mlpNorm, Mlp mlp)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(attentionNorm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                Tensor fromAttention = frame.let(attended.outputIn(frame));
                hidden = frame.replace(hidden, aten.add(fromAttention, input));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, mlpNorm.forward(hidden));
                Tensor fromMlp = frame.let(mlp.forward(hidden));
                hidden = frame.replace(hidden, aten.add(residual, fromMlp));
                return frame.returning(hidden);
            }
        });
    }
}
