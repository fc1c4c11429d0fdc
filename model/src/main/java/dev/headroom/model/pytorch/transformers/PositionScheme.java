package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How positions enter a model. */
interface PositionScheme {
    /** Cosines and sines of every position, each of shape [1, s, head dimension]. */
    record Angles(Tensor cos, Tensor sin) {}

    /**
     * Queries and keys of one layer.
     *
     * @param parts tensors that attention goes on naming beside them
     */
    record Turned(Tensor query, Tensor key, List<Tensor> parts) {
        Turned(Tensor query, Tensor key) {
            this(query, key, List.of());
        }
    }

    /**
     * What the layers start from.
     *
     * @param hidden the first hidden states
     * @param angles what queries and keys are turned by, if they are
     */
    record Entry(Tensor hidden, @Nullable Angles angles) {
        /** The tensors that every layer is called with. */
        List<Tensor> shared() {
            return angles == null ? List.of() : List.of(angles.cos(), angles.sin());
        }
    }

    /** The number of each token's position, as {@code position_ids}. */
    Tensor numbers(ModelInput input);

    /**
     * Brings positions into a forward pass.
     *
     * @param frame the frame of the decoder, whose names all tensors become
     */
    Entry enter(Tensor embeddings, Tensor numbers, Frame frame);

    /** Whether each layer is called with the numbers of positions. */
    default boolean passesNumbersOn() {
        return true;
    }

    /** Turns queries and keys of shape [b, heads, s, head dimension]; they stay as they are where positions were added before. */
    default Turned turn(Tensor query, Tensor key, @Nullable Angles angles) {
        return new Turned(query, key);
    }
}
