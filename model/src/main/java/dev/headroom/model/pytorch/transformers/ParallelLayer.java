package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose attention and MLP start from one norm. Source: transformers 5.17, {@code modeling_cohere.py},
 * CohereDecoderLayer.
 */
record ParallelLayer(Aten aten, String path, CohereLayerNorm norm, Attention attention, Mlp mlp) implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(norm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                Tensor fromAttention = frame.let(attended.outputIn(frame));
                Tensor fromMlp = frame.let(mlp.forward(hidden));
                hidden = frame.replace(hidden, aten.add(aten.add(input, fromAttention), fromMlp));
                return frame.returning(hidden);
            }
        });
    }
}
