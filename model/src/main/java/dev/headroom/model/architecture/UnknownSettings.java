package dev.headroom.model.architecture;

import java.util.Optional;

/** Refuses settings that many architectures have and few have rules for. */
final class UnknownSettings {
    private UnknownSettings() {}

    /** Refuses dropout under any of these keys. */
    static Optional<String> dropout(Architecture architecture, String... keys) {
        for (String key : keys) {
            if (architecture.decimal(key, 0) > 0) {
                return Optional.of("no rule yet for %s with dropout (%s)".formatted(architecture.modelType(), key));
            }
        }
        return Optional.empty();
    }

    /** Refuses any activation but one, which is also the standard. */
    static Optional<String> activationOtherThan(Architecture architecture, String known) {
        return architecture.settings().getOrDefault("hidden_act", known).equals(known)
                ? Optional.empty()
                : Optional.of("no rule yet for %s with another activation than %s (hidden_act)"
                        .formatted(architecture.modelType(), known));
    }
}
