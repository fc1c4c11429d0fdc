package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.method.HeadOnly;
import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.training.LossKernel;
import java.util.List;
import java.util.Set;

/** Which jobs a loss other than Transformers' own is known for. */
final class LossRules {
    /** Models whose forward pass Liger replaces by one with the fused loss ({@code transformers/monkey_patch.py}). */
    private static final Set<String> LIGER_MODEL_TYPES =
            Set.of("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3_text");

    private LossRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        switch (job.lossKernel()) {
            case STANDARD -> {}
            case CHUNKED ->
                problems.add(
                        Problem.unsupported("lossKernel", "no rule for chunked losses yet; use standard or liger"));
            case LIGER -> checkLiger(job, model, problems, warnings);
        }
    }

    private static void checkLiger(
            FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        String kernel = LossKernel.LIGER.id();
        if (!LIGER_MODEL_TYPES.contains(model.modelType())) {
            problems.add(Problem.unsupported(
                    "lossKernel", "no rule for the loss '%s' of %s".formatted(kernel, model.modelType())));
        }
        if (job.method() instanceof HeadOnly) {
            problems.add(Problem.invalid(
                    "lossKernel",
                    "the loss '%s' gives the head no gradient if nothing before it trains".formatted(kernel)));
        }
        boolean older = TransformersRules.of(job.stack())
                .filter(rules -> !rules.isNewest())
                .isPresent();
        if (older) {
            problems.add(Problem.unsupported(
                    "lossKernel", "no rule for the loss '%s' under %s".formatted(kernel, job.stack())));
        }
        warnings.add(
                "liger: its fused loss alone, from the source of Liger-Kernel 0.8.2; its norms, rotary positions and MLP, which use_liger_kernel patches as well, are not modelled");
    }
}
