package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** How the loss over the vocabulary is computed. */
public enum LossKernel {
    /** Logits in full, cast to float32, cross-entropy ({@code ForCausalLMLoss}). */
    STANDARD("standard"),
    LIGER("liger"),
    CHUNKED("chunked");

    private final String id;

    LossKernel(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<LossKernel> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
