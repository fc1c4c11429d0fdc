package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A tensor without data.
 *
 * <p>Its life follows Python's reference counts. A result is <em>temporary</em> until a {@link Frame} gives it a name;
 * the next operation or module that takes a temporary uses it up. A named tensor lives until its frame closes or the
 * name is given to another value.
 */
public final class Tensor {
    final Shape shape;
    final DType dtype;
    final Storage storage;
    final boolean view;
    final boolean contiguous;
    boolean loose;
    int references = 1;
    boolean temporary = true;

    @Nullable
    Node gradientFunction;

    int outputNumber;
    boolean trainableLeaf;

    @Nullable
    AccumulateGrad accumulator;

    @Nullable
    Tensor gradient;

    Tensor(Shape shape, DType dtype, Storage storage, boolean view, boolean contiguous) {
        this.shape = shape;
        this.dtype = dtype;
        this.storage = storage;
        this.view = view;
        this.contiguous = contiguous;
    }

    public Shape shape() {
        return shape;
    }

    public DType dtype() {
        return dtype;
    }

    /** Whether the order in memory is that of the dimensions, so that neighbouring ones can be viewed as one. */
    public boolean isContiguous() {
        return contiguous;
    }

    /**
     * Whether its elements are not neighbours in memory, each once: there are gaps, as in a slice, or several indices share an
     * element, as in an expanded tensor. What is computed from such a tensor is contiguous.
     */
    public boolean isLoose() {
        return loose;
    }

    /** Whether a gradient flows to this tensor. */
    public boolean requiresGradient() {
        return gradientFunction != null || trainableLeaf;
    }

    /** Whether this is a leaf that trains: a parameter, or an input made to require a gradient. */
    public boolean isTrainableLeaf() {
        return trainableLeaf;
    }

    /** The accumulated gradient, if there is one. */
    public @Nullable Tensor gradient() {
        return gradient;
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
