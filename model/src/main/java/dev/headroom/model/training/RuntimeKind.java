package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** The framework that runs the job. */
public enum RuntimeKind {
    PYTORCH("pytorch"),
    SAMEDIFF("samediff");

    private final String id;

    RuntimeKind(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<RuntimeKind> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
