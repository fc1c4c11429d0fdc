package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/** {@code torch.optim.SGD}. Source: PyTorch 2.11, {@code torch/optim/sgd.py}, {@code _multi_tensor_sgd}. */
record Sgd(StepMemory memory, boolean momentum) implements UpdateRule {
    @Override
    public void createState(Tensor parameter) {
        if (momentum) {
            memory.state(parameter, "momentum_buffer");
        }
    }

    /** Everything is in place. */
    @Override
    public void update(List<Tensor> parameters) {}
}
