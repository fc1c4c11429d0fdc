package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/** Loads the matrices of linear layers in a form of their own. */
public interface MatrixLoader {
    /**
     * Loads the matrix of a layer.
     *
     * @param path name of the layer
     * @param shape [outputs, inputs]
     */
    Loaded load(String path, Shape shape);

    /** A matrix that has been loaded, still without the bias of its layer. */
    interface Loaded {
        LinearProduct withBias(@Nullable Tensor bias);
    }
}
