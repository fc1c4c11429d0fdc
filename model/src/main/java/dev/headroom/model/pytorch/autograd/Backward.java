package dev.headroom.model.pytorch.autograd;

import org.jspecify.annotations.Nullable;

/** What a backward function allocates and frees. */
@FunctionalInterface
public interface Backward {
    /**
     * Computes the gradients of a node's inputs.
     *
     * @return one entry an input, each a temporary the engine takes over; null where none is needed
     */
    @Nullable
    Tensor[] apply(BackwardCall call);
}
