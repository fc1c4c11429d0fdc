package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** Gradient checkpointing of decoder layers ({@code torch.utils.checkpoint}, {@code use_reentrant}). */
public enum Checkpointing {
    NONE("none"),
    NON_REENTRANT("non-reentrant"),
    REENTRANT("reentrant");

    private final String id;

    Checkpointing(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<Checkpointing> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
