package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;

/** What a fine-tuning method puts in the place of a linear layer. */
public interface Adapter {
    /**
     * The output of the wrapped layer.
     *
     * @param layer the layer; its own product is {@link LinearLayer#base}
     * @param input argument of the call, of shape [b, s, inputs]
     */
    Tensor forward(LinearLayer layer, Tensor input);
}
