package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Attention and MLP side by side, from one norm or two, or one after the other. Source: transformers 5.17,
 * {@code modeling_falcon.py}, FalconDecoderLayer.
 *
 * @param mlpNorm the norm before the MLP, unless it starts from attention's
 */
record FalconLayer(
        Aten aten,
        String path,
        boolean parallel,
        LayerNorm attentionNorm,
        Optional<LayerNorm> mlpNorm,
        FalconAttention attention,
        Mlp mlp) {
    /**
     * One call of the layer, which returns hidden states and, with eager attention, probabilities.
     *
     * @param alibi biases by head and key, if those are how positions enter
     */
    Attention.Result forward(
            Tensor x,
            PositionScheme.@Nullable Angles angles,
            @Nullable Tensor alibi,
            Tensor mask,
            KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            Tensor input = frame.let(x);
            Tensor residual = frame.let(input);
            Tensor normed = frame.let(attentionNorm.forward(residual));
            Tensor forMlp = normed;
            if (parallel && mlpNorm.isPresent()) {
                forMlp = frame.let(mlpNorm.get().forward(residual));
            }
            Attention.Result attended = attention.forward(normed, angles, alibi, mask, cache);
            Tensor fromAttention = frame.let(attended.outputIn(frame));
            if (!parallel) {
                residual = frame.replace(residual, aten.add(residual, fromAttention));
                forMlp = frame.let(mlpNorm.orElseThrow().forward(residual));
            }
            Tensor fromMlp = frame.let(mlp.forward(forMlp));
            if (parallel) {
                fromMlp = frame.replace(fromMlp, new LinearAlgebra(aten).addInPlace(fromMlp, fromAttention, false));
            }
            Tensor output = aten.add(residual, fromMlp);
            @Nullable Tensor weights = attended.weights();
            return new Attention.Result(output, weights == null ? null : frame.returning(weights));
        }
    }
}
