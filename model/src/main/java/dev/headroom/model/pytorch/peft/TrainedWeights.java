package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/** An adapter's own weights, and how they come to train. */
interface TrainedWeights {
    AdapterWeights weights();

    /** Runs after the weights have been moved to the type of the layer. */
    default void initialise() {}

    /** Makes the weights train, and lists them in the order of {@code model.parameters()}. */
    default List<Tensor> train() {
        return weights().train();
    }
}
