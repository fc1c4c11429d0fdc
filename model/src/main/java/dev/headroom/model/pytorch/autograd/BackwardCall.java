package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/** One execution of a backward function: what came in, what was saved, and what is asked for. */
public final class BackwardCall {
    private final Autograd autograd;
    private final Node node;
    private final @Nullable Tensor[] saved;

    BackwardCall(Autograd autograd, Node node, @Nullable Tensor[] saved) {
        this.autograd = autograd;
        this.node = node;
        this.saved = saved;
    }

    /** The gradient of the node's first output. */
    public Tensor gradient() {
        Tensor gradient = node.arrived[0];
        if (gradient == null) {
            throw new IllegalStateException("no gradient arrived at " + node.name);
        }
        return gradient;
    }

    /** The gradient of output {@code output}, if one arrived. */
    public @Nullable Tensor gradient(int output) {
        return output < node.arrived.length ? node.arrived[output] : null;
    }

    /**
     * Saved tensor number {@code index}.
     *
     * @throws IllegalStateException if it was not saved
     */
    public Tensor saved(int index) {
        Tensor tensor = saved[index];
        if (tensor == null) {
            throw new IllegalStateException("%s did not save tensor %d".formatted(node.name, index));
        }
        return tensor;
    }

    /** Whether the gradient of input {@code input} is asked for. */
    public boolean needs(int input) {
        return node.edges[input] != null;
    }

    /** Allocates a result or a temporary. */
    public Tensor allocate(Shape shape, DType dtype) {
        return autograd.allocate(shape, dtype, node.name);
    }

    /** Allocates a tensor like {@code other}, in the same order in memory. */
    public Tensor allocateLike(Tensor other) {
        return autograd.allocate(other.shape, other.dtype, node.name, other.contiguous);
    }

    /** Allocates a tensor whose order in memory is that of its dimensions, or is not. */
    public Tensor allocate(Shape shape, DType dtype, boolean contiguous) {
        return autograd.allocate(shape, dtype, node.name, contiguous);
    }

    /** Frees a temporary of this function. */
    public void free(Tensor temporary) {
        autograd.release(temporary);
    }

    /** The incoming gradient itself, handed on. */
    public Tensor handOn() {
        Tensor gradient = gradient();
        autograd.retain(gradient);
        return gradient;
    }

    /** A view of the incoming gradient in another shape. */
    public Tensor viewOfGradient(Shape shape) {
        return autograd.alias(gradient(), shape);
    }

    /** The incoming gradient in another shape: a view if its order in memory allows, else a copy. */
    public Tensor reshapedGradient(Shape shape) {
        Tensor gradient = gradient();
        return gradient.contiguous
                ? autograd.alias(gradient, shape)
                : autograd.allocate(shape, gradient.dtype, "aten::reshape");
    }

    public Autograd autograd() {
        return autograd;
    }
}
