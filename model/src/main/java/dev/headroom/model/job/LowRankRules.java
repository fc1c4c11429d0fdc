package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.pytorch.optim.SingularValueWorkspace;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;

/**
 * Where optimizers of low-rank gradients have rules.
 *
 * <p>Source: Transformers 5.17, {@code trainer_optimizer.py}, {@code _setup_low_rank_optimizer}: only {@code nn.Linear} layers
 * are projected, and some must be.
 */
final class LowRankRules {
    private static final int SIDE = SingularValueWorkspace.GRANULE;

    private LowRankRules() {}

    static void check(
            FineTuningJob job,
            Architecture model,
            ComputeCapability capability,
            List<Problem> problems,
            List<String> warnings) {
        if (!job.optimizer().isLowRank()) {
            return;
        }
        String optimizer = job.optimizer().id();
        if (!(job.method() instanceof FullFineTuning)) {
            problems.add(Problem.unsupported(
                    "optimizer", "no rule for %s with another method than full".formatted(optimizer)));
        }
        boolean linear = Family.of(model.modelType())
                .map(family -> family.modules(model).stream()
                        .anyMatch(module -> module.kind() == Kind.LINEAR && isTarget(module)))
                .orElse(true);
        if (job.optimizer() == OptimizerKind.GALORE_ADAMW) {
            checkSides(model, problems);
            if (!capability.equals(ComputeCapability.HOPPER)) {
                warnings.add(
                        "galore-adamw: the workspace of cuSOLVER's decomposition is known on compute capability %s, and assumed the same on %s"
                                .formatted(ComputeCapability.HOPPER, capability));
            }
        }
        if (!linear) {
            problems.add(Problem.invalid(
                    "optimizer",
                    "%s projects linear layers of attention and MLP (optim_target_modules=[\"attn\", \"mlp\"]), of which %s has none"
                            .formatted(optimizer, job.model())));
        }
    }

    /** What the decomposition asks for is known for some sizes of matrices only. */
    private static void checkSides(Architecture model, List<Problem> problems) {
        Family.of(model.modelType()).stream()
                .flatMap(family -> family.modules(model).stream())
                .filter(module -> module.kind() == Kind.LINEAR && isTarget(module))
                .flatMap(module -> module.weights().stream())
                .filter(weight -> weight.shape().size() == 2)
                .filter(weight -> weight.shape().stream().anyMatch(side -> side % SIDE != 0))
                .findFirst()
                .ifPresent(weight -> problems.add(Problem.unsupported(
                        "optimizer",
                        "no rule for the singular value decomposition of matrices such as %s, whose sides are no multiples of %d"
                                .formatted(weight.shape(), SIDE))));
    }

    private static boolean isTarget(WeightedModule module) {
        return module.path().contains("attn") || module.path().contains("mlp");
    }
}
