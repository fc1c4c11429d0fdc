package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A layer with norms before and after attention, and before and after the MLP. Source: transformers 5.17,
 * {@code modeling_gemma2.py}, Gemma2DecoderLayer; the same in gemma3.
 */
record SandwichLayer(
        Aten aten,
        String path,
        GemmaRmsNorm inputNorm,
        Attention attention,
        GemmaRmsNorm postAttentionNorm,
        GemmaRmsNorm preMlpNorm,
        Mlp mlp,
        GemmaRmsNorm postMlpNorm)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(inputNorm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                hidden = frame.replace(hidden, attended.outputIn(frame));
                hidden = frame.replace(hidden, postAttentionNorm.forward(hidden));
                hidden = frame.replace(hidden, aten.add(input, hidden));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, preMlpNorm.forward(hidden));
                hidden = frame.replace(hidden, mlp.forward(hidden));
                hidden = frame.replace(hidden, postMlpNorm.forward(hidden));
                hidden = frame.replace(hidden, aten.add(residual, hidden));
                return frame.returning(hidden);
            }
        });
    }
}
