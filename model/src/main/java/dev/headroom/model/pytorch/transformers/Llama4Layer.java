package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A pre-norm layer that keeps a name for what attention gave; that of its probabilities goes over to the router's logits.
 * Source: transformers 5.17, {@code modeling_llama4.py}, Llama4TextDecoderLayer.
 */
record Llama4Layer(
        Aten aten,
        String path,
        Llama4Norm inputNorm,
        Attention attention,
        Llama4Norm postAttentionNorm,
        FeedForward feedForward)
        implements Layer {
    /** What a layer's second half gives, and the router's logits, if there is a router. */
    record Result(Tensor output, @Nullable Tensor logits) {}

    /** An MLP or a mixture of experts. */
    interface FeedForward {
        Result forward(Tensor x);
    }

    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(inputNorm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                Tensor attention = frame.let(attended.outputIn(frame));
                hidden = frame.replace(hidden, aten.add(input, attention));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, postAttentionNorm.forward(hidden));
                Result result = feedForward.forward(hidden);
                hidden = frame.replace(hidden, result.output());
                Tensor logits = result.logits();
                if (logits != null) {
                    frame.let(logits);
                    attended.dropWeightsFrom(frame);
                }
                hidden = frame.replace(hidden, aten.add(residual, aten.view(hidden, residual.shape())));
                return frame.returning(hidden);
            }
        });
    }
}
