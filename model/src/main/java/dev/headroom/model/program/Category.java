package dev.headroom.model.program;

/** What a byte is for. Every byte of a breakdown is in exactly one category; there is no "other". */
public enum Category {
    FROZEN_WEIGHTS("frozenWeights", "frozen weights"),
    TRAINABLE_WEIGHTS("trainableWeights", "trainable weights"),
    ADAPTERS("adapters", "adapters"),
    GRADIENTS("gradients", "gradients"),
    OPTIMIZER_STATE("optimizerState", "optimizer state"),
    SAVED_ACTIVATIONS("savedActivations", "saved activations"),
    LOGITS_AND_LOSS("logitsAndLoss", "logits and loss"),
    TRANSIENT("transientWorkspace", "transient workspace"),
    ALLOCATOR_ROUNDING("allocatorRounding", "allocator rounding"),
    CACHED_FREE("cachedButFree", "cached but free"),
    PROCESS_OVERHEAD("processOverhead", "process overhead");

    private final String id;
    private final String label;

    Category(String id, String label) {
        this.id = id;
        this.label = label;
    }

    /** Whether it is parameters. */
    public boolean isWeights() {
        return this == FROZEN_WEIGHTS || this == TRAINABLE_WEIGHTS || this == ADAPTERS;
    }

    /** Whether its bytes are those of live tensors. */
    public boolean isLive() {
        return this != ALLOCATOR_ROUNDING && this != CACHED_FREE && this != PROCESS_OVERHEAD;
    }

    /** The key used in JSON. */
    public String id() {
        return id;
    }

    /** The words used in tables. */
    public String label() {
        return label;
    }
}
