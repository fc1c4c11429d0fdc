package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.program.Category;
import dev.headroom.model.quantity.Bytes;

/**
 * The allocated peak in the five parts people ask for; they add up to it.
 *
 * @param parameters frozen weights, trainable weights and adapters
 * @param gradients gradients
 * @param optimizer optimizer state
 * @param activations what the forward pass saved for backward
 * @param other the rest: logits and loss, workspaces and allocator rounding
 */
public record MemoryShares(Bytes parameters, Bytes gradients, Bytes optimizer, Bytes activations, Bytes other) {
    public static MemoryShares of(MemoryEstimate estimate) {
        Bytes parameters = estimate.bytesOf(Category.FROZEN_WEIGHTS)
                .plus(estimate.bytesOf(Category.TRAINABLE_WEIGHTS))
                .plus(estimate.bytesOf(Category.ADAPTERS));
        Bytes gradients = estimate.bytesOf(Category.GRADIENTS);
        Bytes optimizer = estimate.bytesOf(Category.OPTIMIZER_STATE);
        Bytes activations = estimate.bytesOf(Category.SAVED_ACTIVATIONS);
        Bytes other = estimate.peakAllocated()
                .minus(parameters)
                .minus(gradients)
                .minus(optimizer)
                .minus(activations);
        return new MemoryShares(parameters, gradients, optimizer, activations, other);
    }
}
