package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/** What a fine-tuning method adds to a parameter that its module uses directly. */
public interface ParameterAdapter {
    /** What is computed from the adapter's weights when the module is called; it stays until the call returns. */
    List<Tensor> prepare(Tensor parameter);

    /**
     * The parameter with its update.
     *
     * @param prepared results of {@link #prepare}
     */
    Tensor updated(Tensor parameter, List<Tensor> prepared);
}
