package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A pre-norm layer that goes on naming what attention started from and ended with. Source: transformers 5.17,
 * {@code modeling_stablelm.py}, StableLmDecoderLayer without {@code use_parallel_residual}.
 */
record StableLmLayer(
        Aten aten, String path, LayerNorm inputNorm, Attention attention, LayerNorm postAttentionNorm, Mlp mlp)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor normed = frame.let(inputNorm.forward(input));
                Attention.Result attended = attention.forward(normed, angles, mask, cache);
                Tensor fromAttention = frame.let(attended.outputIn(frame));
                Tensor residual = frame.let(aten.add(input, fromAttention));
                Tensor fromMlp = frame.let(mlp.forward(postAttentionNorm.forward(residual)));
                Tensor hidden = frame.replace(normed, aten.add(residual, fromMlp));
                return frame.returning(hidden);
            }
        });
    }
}
