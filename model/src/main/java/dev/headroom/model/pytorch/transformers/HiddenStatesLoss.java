package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;

/** A loss computed from the last hidden states, so that the logits of a batch are never all there. */
interface HiddenStatesLoss {
    /**
     * The loss, a float32 scalar.
     *
     * @param hidden shape [b, s, hidden size]
     */
    Tensor of(Tensor hidden, LossReduction reduction);
}
