package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * A table of embeddings, and three linear layers with rectifiers between them.
 *
 * <p>Source: peft 0.21, {@code tuners/p_tuning/model.py}, PromptEncoder with its standard reparameterization, {@code MLP}.
 */
final class PromptEncoder extends EmbeddedTokens {
    private static final List<String> LAYERS = List.of("mlp_head.0", "mlp_head.2", "mlp_head.4");

    /**
     * @param hiddenSize the model's
     * @param inner width between the layers
     */
    PromptEncoder(Aten aten, int count, long hiddenSize, long inner) {
        super(aten, weights(aten, count, hiddenSize, inner), count);
    }

    private static AdapterWeights weights(Aten aten, int count, long hiddenSize, long inner) {
        AdapterWeights weights = new AdapterWeights(aten.autograd(), ENCODER).make(TABLE, Shape.of(count, hiddenSize));
        long inputs = hiddenSize;
        for (String layer : LAYERS) {
            long outputs = layer.equals(LAYERS.get(LAYERS.size() - 1)) ? hiddenSize : inner;
            weights.make(layer + ".weight", Shape.of(outputs, inputs)).make(layer + ".bias", Shape.of(outputs));
            inputs = outputs;
        }
        return weights;
    }

    @Override
    Tensor encode(Tensor numbers) {
        try (Frame frame = aten().autograd().frame()) {
            Tensor embeds = frame.let(embedded(numbers));
            return aten().inModule(ENCODER + ".mlp_head", embeds, this::layers);
        }
    }

    private Tensor layers(Tensor embeds) {
        try (Frame frame = aten().autograd().frame()) {
            Tensor hidden = frame.let(embeds);
            for (String layer : LAYERS) {
                if (hidden != embeds) {
                    hidden = frame.replace(hidden, aten().relu(hidden));
                }
                hidden = frame.replace(hidden, linear(layer, hidden));
            }
            return frame.returning(hidden);
        }
    }

    private Tensor linear(String layer, Tensor x) {
        return aten().inModule(
                        ENCODER + "." + layer,
                        x,
                        input -> aten().linear(input, weight(layer + ".weight"), weight(layer + ".bias")));
    }
}
