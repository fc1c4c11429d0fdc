package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import org.jspecify.annotations.Nullable;

/**
 * Attention and MLP side by side on the same residual. Source: transformers 5.17, {@code modeling_gpt_neox.py},
 * GPTNeoXLayer, GPTNeoXMLP.
 */
record GptNeoXLayer(
        Aten aten,
        String path,
        LayerNorm inputNorm,
        LayerNorm postAttentionNorm,
        Attention attention,
        LinearLayer up,
        LinearLayer down)
        implements Layer {
    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor normed = frame.let(inputNorm.forward(input));
                Attention.Result attended = attention.forward(normed, angles, mask, cache);
                frame.drop(normed);
                Tensor fromAttention = frame.let(attended.outputIn(frame));
                Tensor fromMlp = frame.let(mlp(postAttentionNorm.forward(input)));
                return aten.add(aten.add(fromMlp, fromAttention), input);
            }
        });
    }

    private Tensor mlp(Tensor x) {
        return aten.inModule(path + ".mlp", x, input -> {
            Tensor widened = up.forward(input);
            return down.forward(aten.inModule(path + ".mlp.act", widened, aten::gelu));
        });
    }
}
