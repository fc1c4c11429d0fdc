package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;

/** A linear layer's matrix in a form of its own, such as a quantized one, and how inputs are multiplied by it. */
public interface LinearProduct {
    /** The shape of the matrix that it stands for, [outputs, inputs]. */
    Shape shape();

    /** How PEFT's LoRA wraps the layer. */
    AdapterForm adapterForm();

    /**
     * What the layer's {@code forward} returns.
     *
     * @param input argument of the call, of shape [b, s, inputs]
     */
    Tensor of(Tensor input);
}
