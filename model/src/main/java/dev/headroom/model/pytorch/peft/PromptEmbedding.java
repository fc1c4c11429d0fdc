package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;

/** A table of embeddings. Source: peft 0.21, {@code tuners/prompt_tuning/model.py}, PromptEmbedding. */
final class PromptEmbedding extends EmbeddedTokens {

    /**
     * @param hiddenSize the model's
     */
    PromptEmbedding(Aten aten, int count, long hiddenSize) {
        super(aten, new AdapterWeights(aten.autograd(), ENCODER).make(TABLE, Shape.of(count, hiddenSize)), count);
    }

    @Override
    Tensor encode(Tensor numbers) {
        return embedded(numbers);
    }
}
