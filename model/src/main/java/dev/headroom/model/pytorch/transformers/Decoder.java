package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.EmbeddingAdapter;

/** The layers between token ids and the output head. */
interface Decoder {
    /**
     * Calls the embedding.
     *
     * @param ids token ids, shape [b, s]
     */
    Tensor embed(Tensor ids);

    /** Wraps the embedding. */
    void adaptEmbedding(EmbeddingAdapter adapter);

    /** The last hidden states, shape [b, s, hidden size]. */
    Tensor hiddenStates(ModelInput input, KeyValueCache cache);
}
