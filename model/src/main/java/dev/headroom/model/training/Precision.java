package dev.headroom.model.training;

import dev.headroom.model.quantity.DType;
import java.util.Optional;

/**
 * Element types of a job.
 *
 * @param weights type the base model is loaded in
 * @param autocast type {@code torch.autocast} computes in, if it is on
 * @param quantization how frozen linear layers are held, if not in the type of the weights
 */
public record Precision(DType weights, Optional<DType> autocast, Optional<Quantization> quantization) {
    /**
     * @throws IllegalArgumentException if a type is no floating-point type, or autocast is not to a 16-bit one
     */
    public Precision {
        if (!weights.isFloatingPoint()) {
            throw new IllegalArgumentException("weights (%s) must be float32, bfloat16 or float16".formatted(weights));
        }
        if (autocast.isPresent() && !autocast.get().isHalf()) {
            throw new IllegalArgumentException("autocast (%s) must be bfloat16 or float16".formatted(autocast.get()));
        }
    }
    /** Element types of a model that is not quantized. */
    public Precision(DType weights, Optional<DType> autocast) {
        this(weights, autocast, Optional.empty());
    }
}
