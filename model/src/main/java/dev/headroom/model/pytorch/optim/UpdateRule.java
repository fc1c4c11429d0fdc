package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/** What an optimizer allocates for its parameters. */
interface UpdateRule {
    /** Whether the constructor makes the state. */
    default boolean hasStateBeforeFirstStep() {
        return false;
    }

    /** Makes the state of a parameter, before its group is updated for the first time. */
    void createState(Tensor parameter);

    /** Updates a group of parameters, with what temporaries that takes. */
    void update(List<Tensor> parameters);

    /** Ends the step: names that outlived their group go. */
    default void end() {}
}
