package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;

/** Makes queries, keys and values from hidden states, each of shape [b, heads, s, head dimension]. */
interface AttentionInputs {
    /** Queries, keys and values, which are names of the caller's frame. */
    record Heads(Tensor query, Tensor key, Tensor value) {}

    /**
     * @param frame the frame of the attention module, whose names all tensors become
     */
    Heads project(Tensor hidden, Frame frame);
}
