package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/** {@code torch.optim.SGD}. Source: PyTorch 2.11, {@code torch/optim/sgd.py}, {@code _multi_tensor_sgd}. */
final class Sgd implements Optimizer {
    private final StepMemory memory;
    private final boolean momentum;
    private final List<List<Tensor>> groups;
    private boolean initialised;

    Sgd(StepMemory memory, boolean momentum, List<List<Tensor>> groups) {
        this.memory = memory;
        this.momentum = momentum;
        this.groups = groups;
    }

    @Override
    public void step() {
        if (momentum && !initialised) {
            for (List<Tensor> parameters : groups) {
                parameters.forEach(parameter -> memory.state(parameter, "momentum_buffer"));
            }
        }
        initialised = true;
    }
}
