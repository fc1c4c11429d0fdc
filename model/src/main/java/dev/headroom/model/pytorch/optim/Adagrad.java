package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code torch.optim.Adagrad} without weight decay by its default implementation, {@code foreach}: a root of each sum and a
 * scaled copy of each gradient, all at once. Its sums exist before the first step.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/adagrad.py}: {@code __init__}, {@code _multi_tensor_adagrad}.
 */
record Adagrad(StepMemory memory) implements UpdateRule {
    @Override
    public boolean hasStateBeforeFirstStep() {
        return true;
    }

    @Override
    public void createState(Tensor parameter) {
        memory.state(parameter, "sum");
    }

    @Override
    public void update(List<Tensor> parameters) {
        List<Tensor> temporaries = new ArrayList<>(2 * parameters.size());
        parameters.forEach(parameter -> temporaries.add(memory.temporary(parameter, "aten::_foreach_sqrt")));
        parameters.forEach(parameter -> temporaries.add(memory.temporary(parameter, "aten::_foreach_mul")));
        temporaries.forEach(memory::free);
    }
}
