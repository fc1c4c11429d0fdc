package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** The optimizer and the implementation of its step. */
public enum OptimizerKind {
    /** {@code torch.optim.AdamW} with its default implementation, {@code foreach}. */
    ADAMW("adamw"),
    ADAMW_FUSED("adamw-fused"),
    ADAMW_FOR_LOOP("adamw-for-loop"),
    SGD("sgd"),
    SGD_MOMENTUM("sgd-momentum"),
    RMSPROP("rmsprop"),
    /** Transformers' {@code Adafactor} at a fixed rate. */
    ADAFACTOR("adafactor");

    private final String id;

    OptimizerKind(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<OptimizerKind> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
