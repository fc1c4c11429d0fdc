package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A pre-norm layer whose name for probabilities goes over to the router's weights. Source: transformers 5.17,
 * {@code modeling_gpt_oss.py}, GptOssDecoderLayer.
 */
record GptOssLayer(
        Aten aten, String path, RmsNorm inputNorm, Attention attention, RmsNorm postAttentionNorm, GptOssMlp mlp)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(inputNorm.forward(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                hidden = frame.replace(hidden, attended.outputIn(frame));
                hidden = frame.replace(hidden, aten.add(input, hidden));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, postAttentionNorm.forward(hidden));
                GptOssMlp.Result mixed = mlp.forward(hidden);
                hidden = frame.replace(hidden, mixed.output());
                frame.let(mixed.weights());
                attended.dropWeightsFrom(frame);
                hidden = frame.replace(hidden, aten.add(residual, hidden));
                return frame.returning(hidden);
            }
        });
    }
}
