package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import java.util.List;

/** An adapter's own weights, and how they come to train. */
interface TrainedWeights {
    AdapterWeights weights();

    /** Moves the weights to the type of what they adapt. */
    default void move(DType type) {
        weights().cast(type);
    }

    /** Runs after the weights have been moved to the type of the layer. */
    default void initialise() {}

    /** Makes the weights train, and lists them in the order of {@code model.parameters()}. */
    default List<Tensor> train() {
        return weights().train();
    }
}
