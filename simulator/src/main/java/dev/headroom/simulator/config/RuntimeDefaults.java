package dev.headroom.simulator.config;

import dev.headroom.model.training.RuntimeKind;
import java.util.Map;
import java.util.Optional;

/** Defaults that a framework other than PyTorch has: what makes no sense there is off. */
final class RuntimeDefaults {
    private static final Map<JobKey, String> SAMEDIFF = Map.of(
            JobKey.WEIGHT_DTYPE, "float32",
            JobKey.ATTENTION, "eager",
            JobKey.MAX_GRAD_NORM, JobKey.NONE,
            JobKey.TRAINING_LOOP, "closes-arrays");

    private RuntimeDefaults() {}

    /** The value of a key if none is written, where it differs from {@link JobKey#standard()}. */
    static Optional<String> of(String runtime, JobKey key) {
        return runtime.equals(RuntimeKind.SAMEDIFF.id()) ? Optional.ofNullable(SAMEDIFF.get(key)) : Optional.empty();
    }
}
