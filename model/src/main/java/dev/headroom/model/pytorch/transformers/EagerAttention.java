package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention written out as products and a softmax ({@code eager_attention_forward}). */
interface EagerAttention {
    /**
     * @param q shape [b, heads, s, head dimension]; keys and values may have fewer heads
     */
    Attention.Result attend(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask);
}
