package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/** A variable of a Python function: it keeps its tensor until it names another one. */
final class Name {
    private final StepMemory memory;
    private @Nullable Tensor tensor;

    Name(StepMemory memory) {
        this.memory = memory;
    }

    /** {@code name = value}, where the value is there before the old one goes. */
    void set(Tensor value) {
        forget();
        tensor = value;
    }

    void forget() {
        if (tensor != null) {
            memory.free(tensor);
            tensor = null;
        }
    }
}
