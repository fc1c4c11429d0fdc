package dev.headroom.model.pytorch.optim;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.optim.LowRankAdamW.Projection;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;

/** An optimizer, as far as memory goes. State is made in the first step, or before it if the rule says so. */
public final class Optimizer {
    private final UpdateRule rule;
    private final List<List<Tensor>> groups;
    private boolean initialised;

    private Optimizer(UpdateRule rule, List<List<Tensor>> groups) {
        this.rule = rule;
        this.groups = groups;
    }

    /**
     * An optimizer over groups of parameters, which are stepped one after the other.
     *
     * @param blockwise what an optimizer of bitsandbytes goes by
     * @param lowRank what an optimizer of low-rank gradients goes by
     */
    public static Optimizer of(
            OptimizerKind kind,
            Autograd autograd,
            List<List<Tensor>> groups,
            BlockwiseSettings blockwise,
            LowRankSettings lowRank) {
        StepMemory memory = new StepMemory(autograd);
        if (kind.isLowRank()) {
            List<List<Tensor>> split = lowRank.groups(groups, memory);
            Projection projection =
                    kind == OptimizerKind.APOLLO_ADAMW ? Projection.RANDOM : Projection.SINGULAR_VECTORS;
            return new Optimizer(new LowRankAdamW(memory, projection, lowRank.rank(), split.get(1)), split);
        }
        UpdateRule rule = switch (kind) {
            case ADAM, ADAMW -> new Adam(memory, Adam.Implementation.FOREACH);
            case ADAMW_FUSED -> new Adam(memory, Adam.Implementation.FUSED);
            case ADAMW_FOR_LOOP -> new Adam(memory, Adam.Implementation.FOR_LOOP);
            case SGD -> new Sgd(memory, false);
            case SGD_MOMENTUM -> new Sgd(memory, true);
            case RMSPROP -> new RmsProp(memory);
            case ADAFACTOR -> new Adafactor(memory);
            case ADAGRAD -> new Adagrad(memory);
            case MUON -> new Muon(memory);
            case GALORE_ADAMW, APOLLO_ADAMW -> throw new IllegalStateException(kind + " has groups of its own");
            case ADAM_8BIT,
                    ADAMW_8BIT,
                    PAGED_ADAMW,
                    PAGED_ADAMW_8BIT,
                    ADEMAMIX,
                    ADEMAMIX_8BIT,
                    PAGED_ADEMAMIX,
                    PAGED_ADEMAMIX_8BIT -> new Blockwise(memory, kind, 2, blockwise);
            case LION, LION_8BIT, PAGED_LION, PAGED_LION_8BIT -> new Blockwise(memory, kind, 1, blockwise);
        };
        if (kind == OptimizerKind.MUON) {
            groups.forEach(Muon::check);
        }
        Optimizer optimizer = new Optimizer(rule, groups);
        if (rule.hasStateBeforeFirstStep()) {
            optimizer.createState();
        }
        return optimizer;
    }

    private void createState() {
        groups.forEach(parameters -> parameters.forEach(rule::createState));
        initialised = true;
    }

    /** {@code optimizer.step()}. */
    public void step() {
        for (List<Tensor> parameters : groups) {
            if (!initialised) {
                parameters.forEach(rule::createState);
            }
            rule.update(parameters);
        }
        initialised = true;
        rule.end();
    }
}
