package dev.headroom.model.pytorch.bitsandbytes;

import dev.headroom.model.quantity.DType;

/**
 * The type a 4-bit layer computes in.
 *
 * @param configured {@code bnb_4bit_compute_dtype}
 * @param followsInputs whether the type of the first input goes before what is configured, unless it is float16
 *     (bitsandbytes before 0.48: {@code Linear4bit.set_compute_type}; since then {@code compute_type_is_set} from the start
 *     where a type is configured, which Transformers always does)
 */
record ComputeType(DType configured, boolean followsInputs) {
    DType of(DType input) {
        return followsInputs && input != DType.FLOAT16 ? input : configured;
    }
}
