package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A layer whose attention and MLP start from one norm. Source: transformers 5.17, {@code modeling_cohere.py},
 * CohereDecoderLayer; {@code modeling_stablelm.py}, StableLmDecoderLayer; {@code modeling_phi.py}, PhiDecoderLayer.
 *
 * @param branch what is done to the outputs of attention and MLP before they are added
 * @param sum the order in which they and the residual stream are added
 */
record ParallelLayer(
        Aten aten,
        String path,
        UnaryOperator<Tensor> norm,
        Attention attention,
        Mlp mlp,
        UnaryOperator<Tensor> branch,
        Sum sum)
        implements Layer {
    /** The order in which three tensors are added. */
    enum Sum {
        RESIDUAL_FIRST,
        RESIDUAL_LAST
    }

    @Override
    public Tensor forward(
            Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(norm.apply(input));
                Attention.Result attended = attention.forward(hidden, angles, mask, cache);
                Tensor fromAttention = frame.let(branch.apply(attended.outputIn(frame)));
                Tensor fromMlp = frame.let(branch.apply(mlp.forward(hidden)));
                hidden = frame.replace(
                        hidden,
                        sum == Sum.RESIDUAL_FIRST
                                ? aten.add(aten.add(input, fromAttention), fromMlp)
                                : aten.add(aten.add(fromAttention, fromMlp), input));
                return frame.returning(hidden);
            }
        });
    }
}
