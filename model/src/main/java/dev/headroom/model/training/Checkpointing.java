package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/**
 * Gradient checkpointing of decoder layers ({@code torch.utils.checkpoint}), as Transformers' {@code
 * gradient_checkpointing_enable} turns it on.
 *
 * @param kind which of the two implementations, if any
 * @param everyNthLayer which layers are checkpointed: the first of each {@code everyNthLayer} ({@code every_n_layers})
 * @param offloaded whether the inputs of checkpointed layers are kept in pinned memory of the host ({@code offload})
 */
public record Checkpointing(Kind kind, int everyNthLayer, boolean offloaded) {
    public static final Checkpointing NONE = new Checkpointing(Kind.NONE);
    public static final Checkpointing NON_REENTRANT = new Checkpointing(Kind.NON_REENTRANT);
    public static final Checkpointing REENTRANT = new Checkpointing(Kind.REENTRANT);

    /** The implementations ({@code use_reentrant}). */
    public enum Kind {
        NONE("none"),
        NON_REENTRANT("non-reentrant"),
        REENTRANT("reentrant");

        private final String id;

        Kind(String id) {
            this.id = id;
        }

        /** The word used on the command line and in files. */
        public String id() {
            return id;
        }

        public static Optional<Kind> parse(String id) {
            return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
        }
    }

    /**
     * @throws IllegalArgumentException if {@code everyNthLayer} is not positive
     */
    public Checkpointing {
        if (everyNthLayer < 1) {
            throw new IllegalArgumentException("everyNthLayer (%d) must be at least 1".formatted(everyNthLayer));
        }
    }

    /** Checkpointing of every layer, with what is kept on the card. */
    private Checkpointing(Kind kind) {
        this(kind, 1, false);
    }

    /** Whether any layer is recomputed in backward. */
    public boolean isOn() {
        return kind != Kind.NONE;
    }

    /** Whether a layer is recomputed in backward. */
    public boolean covers(int layer) {
        return isOn() && layer % everyNthLayer == 0;
    }

    /** Whether it has a setting of Transformers' own, which {@code torch.utils.checkpoint} does not know. */
    public boolean isSelective() {
        return everyNthLayer > 1 || offloaded;
    }

    /** In words, such as {@code non-reentrant, one layer in 2, offloaded}. */
    @Override
    public String toString() {
        return kind.id()
                + (everyNthLayer > 1 ? ", one layer in " + everyNthLayer : "")
                + (offloaded ? ", offloaded" : "");
    }
}
