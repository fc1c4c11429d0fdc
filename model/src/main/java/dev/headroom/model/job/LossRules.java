package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.HeadOnly;
import dev.headroom.model.method.PromptMethod;
import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.training.LossKernel;
import java.util.List;
import java.util.Set;

/** Which jobs a loss other than Transformers' own is known for. */
final class LossRules {
    /** Models whose forward pass Liger replaces by one with the fused loss ({@code transformers/monkey_patch.py}). */
    private static final Set<String> LIGER_MODEL_TYPES =
            Set.of("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3_text");

    /** Models whose logits TRL's chunks leave as they are, though the model does not: granite divides them. */
    private static final Set<String> CHUNKED_REFUSES = Set.of("granite");

    private LossRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        switch (job.lossKernel()) {
            case STANDARD -> {}
            case CHUNKED -> checkChunked(job, model, problems);
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
        refuseOlder(job, problems);
        warnings.add(
                "liger: its fused loss alone, from the source of Liger-Kernel 0.8.2; its norms, rotary positions and MLP, which use_liger_kernel patches as well, are not modelled");
    }

    private static void checkChunked(FineTuningJob job, Architecture model, List<Problem> problems) {
        String kernel = LossKernel.CHUNKED.id();
        boolean known = Family.of(model.modelType()).isPresent();
        if (CHUNKED_REFUSES.contains(model.modelType()) || (known && headHasBias(model))) {
            problems.add(Problem.unsupported(
                    "lossKernel", "no rule for the loss '%s' of %s".formatted(kernel, model.modelType())));
        }
        if (job.method() instanceof PromptMethod) {
            problems.add(Problem.unsupported(
                    "lossKernel",
                    "no rule for the loss '%s' with virtual tokens, which have no labels".formatted(kernel)));
        }
        if (job.method() instanceof AdapterMethod adapter
                && known
                && adapter.beside().modules().contains(head(model).name())) {
            problems.add(Problem.unsupported(
                    "lossKernel", "no rule for the loss '%s' with a copy of the head that trains".formatted(kernel)));
        }
        refuseOlder(job, problems);
    }

    private static WeightedModule head(Architecture model) {
        List<WeightedModule> modules = model.modules();
        return modules.get(modules.size() - 1);
    }

    private static boolean headHasBias(Architecture model) {
        return head(model).weights().stream().anyMatch(weight -> weight.name().equals("bias"));
    }

    private static void refuseOlder(FineTuningJob job, List<Problem> problems) {
        boolean older = TransformersRules.of(job.stack())
                .filter(rules -> !rules.isNewest())
                .isPresent();
        if (older) {
            problems.add(Problem.unsupported(
                    "lossKernel",
                    "no rule for the loss '%s' under %s"
                            .formatted(job.lossKernel().id(), job.stack())));
        }
    }
}
