package dev.headroom.model.platform;

import java.util.List;
import java.util.Optional;

/**
 * What differs between versions of bitsandbytes.
 *
 * @param version the version these were read from
 * @param computeTypeFollowsInputs whether a 4-bit layer computes in the type of its first input, unless that is float16,
 *     whatever type was configured ({@code nn/modules.py}, {@code Linear4bit.set_compute_type}); since 0.48
 *     {@code compute_type_is_set} holds from the start where a type is configured
 * @param optimizerBlock numbers that share a scale in the state of 8-bit optimizers ({@code optim/optimizer.py},
 *     {@code init_state})
 */
public record BitsandbytesRules(String version, boolean computeTypeFollowsInputs, int optimizerBlock) {
    /** The newest version whose rules are known. */
    public static final BitsandbytesRules NEWEST = new BitsandbytesRules("0.49", false, 256);

    /** Every version whose rules are known, oldest first. */
    public static final List<BitsandbytesRules> ALL = List.of(new BitsandbytesRules("0.43", true, 2048), NEWEST);

    /** The rules of a version, if they are known. */
    public static Optional<BitsandbytesRules> of(SoftwareStack stack) {
        return ALL.stream()
                .filter(rules -> rules.version().equals(stack.bitsandbytes()))
                .findFirst();
    }
}
