package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;

/** The layers between token ids and the output head. */
interface Decoder {
    /**
     * The last hidden states, shape [b, s, hidden size].
     *
     * @param ids token ids, shape [b, s]
     */
    Tensor hiddenStates(Tensor ids, KeyValueCache cache);
}
