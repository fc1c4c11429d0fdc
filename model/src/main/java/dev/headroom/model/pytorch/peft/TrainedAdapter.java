package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Adapter;
import java.util.List;

/** An adapter with weights of its own that train. */
interface TrainedAdapter extends Adapter {
    AdapterWeights weights();

    /** Runs after the weights have been moved to the type of the layer. */
    default void initialise() {}

    /** Makes the weights train, and lists them in the order of {@code model.parameters()}. */
    default List<Tensor> train() {
        return weights().train();
    }
}
