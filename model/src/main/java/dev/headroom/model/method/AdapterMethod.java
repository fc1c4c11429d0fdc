package dev.headroom.model.method;

import java.util.OptionalInt;

/** A method that puts an adapter around chosen linear layers and freezes the rest. */
public interface AdapterMethod extends Method {
    /** The layers that are adapted. */
    Targets targets();

    /** What trains beside the adapters. */
    default TrainedBeside beside() {
        return TrainedBeside.NOTHING;
    }

    /** Whether PEFT has such an adapter for Transformers' {@code Conv1D}, a linear layer that stores its weight transposed. */
    default boolean adaptsConv1d() {
        return true;
    }

    /** The inner dimension that no adapted matrix may fall below, if there is one. */
    default OptionalInt requiredSide() {
        return OptionalInt.empty();
    }
}
