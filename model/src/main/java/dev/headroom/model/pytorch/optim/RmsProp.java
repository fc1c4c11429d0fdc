package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.List;

/**
 * {@code torch.optim.RMSprop}, neither centred nor with momentum, by its default implementation, {@code foreach}.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/rmsprop.py}: {@code _init_group}, {@code _multi_tensor_rmsprop}.
 */
record RmsProp(StepMemory memory) implements UpdateRule {
    @Override
    public void createState(Tensor parameter) {
        memory.state(parameter, "square_avg");
    }

    @Override
    public void update(List<Tensor> parameters) {
        memory.rootsOfAll(parameters);
    }
}
