package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What an optimizer of low-rank gradients goes by.
 *
 * @param rank rank that gradients are projected to
 * @param targets paths of the linear layers whose gradients are projected
 */
public record LowRankSettings(int rank, Set<String> targets) {
    public LowRankSettings {
        targets = Set.copyOf(targets);
    }

    /**
     * The parameters that are not projected, and those that are.
     *
     * <p>Source: Transformers 5.17, {@code trainer_optimizer.py}, {@code _setup_low_rank_optimizer}.
     */
    List<List<Tensor>> groups(List<List<Tensor>> parameters, StepMemory memory) {
        List<Tensor> whole = new ArrayList<>();
        List<Tensor> projected = new ArrayList<>();
        for (List<Tensor> group : parameters) {
            for (Tensor parameter : group) {
                (targets.contains(memory.moduleOf(parameter))
                                        && parameter.shape().rank() == 2
                                ? projected
                                : whole)
                        .add(parameter);
            }
        }
        return List.of(whole, projected);
    }
}
