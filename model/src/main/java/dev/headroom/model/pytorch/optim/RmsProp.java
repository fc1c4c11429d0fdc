package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/**
 * {@code torch.optim.RMSprop}, neither centred nor with momentum, by its default implementation, {@code foreach}.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/rmsprop.py}: {@code _init_group}, {@code _multi_tensor_rmsprop}.
 */
final class RmsProp implements Optimizer {
    private final StepMemory memory;
    private final List<List<Tensor>> groups;
    private boolean initialised;

    RmsProp(StepMemory memory, List<List<Tensor>> groups) {
        this.memory = memory;
        this.groups = groups;
    }

    @Override
    public void step() {
        for (List<Tensor> parameters : groups) {
            if (!initialised) {
                parameters.forEach(parameter -> memory.state(parameter, "square_avg"));
            }
            memory.rootsOfAll(parameters);
        }
        initialised = true;
    }
}
