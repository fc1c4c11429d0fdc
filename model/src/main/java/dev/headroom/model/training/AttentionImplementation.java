package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** Transformers' {@code attn_implementation}. */
public enum AttentionImplementation {
    EAGER("eager"),
    SDPA("sdpa"),
    FLASH2("flash2");

    private final String id;

    AttentionImplementation(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<AttentionImplementation> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
