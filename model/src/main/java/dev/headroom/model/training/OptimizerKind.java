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
    ADAFACTOR("adafactor"),
    /** {@code torch.optim.Adagrad} with its default implementation, {@code foreach}. */
    ADAGRAD("adagrad"),
    /** {@code torch.optim.Muon}, which takes matrices only. */
    MUON("muon"),
    /** {@code torch.optim.Adam} without weight decay, by its default implementation. */
    ADAM("adam"),
    /** {@code galore_torch.GaLoreAdamW}: AdamW on gradients projected to a low rank by their singular vectors. */
    GALORE_ADAMW("galore-adamw"),
    /** {@code apollo_torch.APOLLOAdamW}: gradients scaled as AdamW would scale them, seen through a random projection. */
    APOLLO_ADAMW("apollo-adamw"),
    ADAM_8BIT("adam-8bit"),
    ADAMW_8BIT("adamw-8bit"),
    PAGED_ADAMW("paged-adamw"),
    PAGED_ADAMW_8BIT("paged-adamw-8bit"),
    LION("lion"),
    LION_8BIT("lion-8bit"),
    PAGED_LION("paged-lion"),
    PAGED_LION_8BIT("paged-lion-8bit"),
    ADEMAMIX("ademamix"),
    ADEMAMIX_8BIT("ademamix-8bit"),
    PAGED_ADEMAMIX("paged-ademamix"),
    PAGED_ADEMAMIX_8BIT("paged-ademamix-8bit");

    private final String id;

    OptimizerKind(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    /** Whether it is one of bitsandbytes'. */
    public boolean isBitsandbytes() {
        return hasPagedState() || isEightBit() || this == LION || this == ADEMAMIX;
    }

    /** Whether states of large parameters are managed memory. */
    public boolean hasPagedState() {
        return id.startsWith("paged-");
    }

    /** Whether it keeps a second, slow average of gradients beside Adam's state. */
    public boolean isAdemamix() {
        return this == ADEMAMIX || this == ADEMAMIX_8BIT || this == PAGED_ADEMAMIX || this == PAGED_ADEMAMIX_8BIT;
    }

    /** Whether gradients of linear layers are projected to a low rank. */
    public boolean isLowRank() {
        return this == GALORE_ADAMW || this == APOLLO_ADAMW;
    }

    /** Whether states are 8-bit numbers, except those of small parameters. */
    public boolean isEightBit() {
        return id.endsWith("-8bit");
    }

    public static Optional<OptimizerKind> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
