package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import java.util.List;

/** A loss computed from the last hidden states, so that the logits of a batch are never all there. */
interface HiddenStatesLoss {
    /**
     * What the model returns.
     *
     * @param loss a float32 scalar
     * @param figures further tensors of the model's output, which live as long as that
     */
    record Result(Tensor loss, List<Tensor> figures) {}

    /**
     * The loss over the last hidden states.
     *
     * @param hidden shape [b, s, hidden size]
     */
    Result of(Tensor hidden, LossReduction reduction);
}
