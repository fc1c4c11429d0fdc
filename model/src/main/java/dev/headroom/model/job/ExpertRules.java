package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.quantity.DType;
import java.util.List;

/**
 * On which cards the memory of experts' products is known.
 *
 * <p>Source: transformers 5.17, {@code integrations/moe.py}, {@code _can_use_grouped_mm}; PyTorch 2.11,
 * {@code aten/src/ATen/native/cuda/GroupedBlas.cpp}.
 */
final class ExpertRules {
    private static final int BLACKWELL = 10;

    private ExpertRules() {}

    static void check(FineTuningJob job, Architecture model, ComputeCapability capability, List<Problem> problems) {
        if (!Mixture.describes(model) || Mixture.of(model).separate()) {
            return;
        }
        if (job.precision().quantization().isPresent()) {
            problems.add(Problem.unsupported(
                    "quantization.kind",
                    "no rule yet for experts beside quantized layers (%s)".formatted(model.modelType())));
        }
        if (!capability.atLeast(ComputeCapability.AMPERE)) {
            problems.add(Problem.unsupported(
                    "gpu",
                    "no rule yet for experts on compute capability %s, where Transformers multiplies one by one"
                            .formatted(capability)));
        }
        if (capability.major() == BLACKWELL && job.precision().weights() == DType.BFLOAT16) {
            problems.add(Problem.unsupported(
                    "gpu",
                    "no rule yet for the workspace of experts' products in bfloat16 on compute capability %s"
                            .formatted(capability)));
        }
    }
}
