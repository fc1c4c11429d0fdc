package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One pre-norm decoder layer. Source: transformers 5.17, {@code modeling_llama.py}, LlamaDecoderLayer. */
final class DecoderLayer implements Layer {
    private final Aten aten;
    private final String path;
    private final UnaryOperator<Tensor> inputNorm;
    private final Attention attention;
    private final UnaryOperator<Tensor> postAttentionNorm;
    private final Mlp mlp;
    private final UnaryOperator<Tensor> branch;

    DecoderLayer(
            Aten aten,
            String path,
            UnaryOperator<Tensor> inputNorm,
            Attention attention,
            UnaryOperator<Tensor> postAttentionNorm,
            Mlp mlp) {
        this(aten, path, inputNorm, attention, postAttentionNorm, mlp, UnaryOperator.identity());
    }

    /**
     * @param branch what is done to the outputs of attention and MLP before they are added to the residual stream
     */
    DecoderLayer(
            Aten aten,
            String path,
            UnaryOperator<Tensor> inputNorm,
            Attention attention,
            UnaryOperator<Tensor> postAttentionNorm,
            Mlp mlp,
            UnaryOperator<Tensor> branch) {
        this.aten = aten;
        this.path = path;
        this.inputNorm = inputNorm;
        this.attention = attention;
        this.postAttentionNorm = postAttentionNorm;
        this.mlp = mlp;
        this.branch = branch;
    }

    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(inputNorm.apply(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                hidden = frame.replace(hidden, attended.outputIn(frame));
                hidden = frame.replace(hidden, aten.add(input, branch.apply(hidden)));
                Tensor residual = frame.let(hidden);
                hidden = frame.replace(hidden, postAttentionNorm.apply(hidden));
                hidden = frame.replace(hidden, mlp.forward(hidden));
                hidden = frame.replace(hidden, aten.add(residual, branch.apply(hidden)));
                return frame.returning(hidden);
            }
        });
    }
}
