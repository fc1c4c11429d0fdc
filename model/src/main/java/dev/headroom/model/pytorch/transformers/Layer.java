package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/** One layer of a decoder. */
interface Layer {
    /**
     * @param x hidden states, shape [b, s, hidden size]
     * @param angles what queries and keys are turned by, if they are
     * @param mask the attention mask, if there is one
     */
    Tensor forward(Tensor x, PositionScheme.@Nullable Angles angles, @Nullable Tensor mask, KeyValueCache cache);
}
