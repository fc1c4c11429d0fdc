package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.OptimizerKind;
import java.util.List;
import java.util.Set;

/**
 * Which jobs older versions of the libraries have rules for. What is not known to be as in the newest stack, or known to
 * differ in a way that has a rule, is refused.
 */
final class StackRules {
    /** Versions whose AdamW ({@code _foreach_sqrt} of all parameters) and cuBLAS workspaces are the newest's. */
    private static final Set<String> TORCH = Set.of("2.1", "2.4", "2.6", SoftwareStack.NEWEST.torch());

    /** Since 0.12, adapters of 16-bit models are float32 ({@code autocast_adapter_dtype}); before, the model's type. */
    private static final Set<String> PEFT = Set.of("0.8", "0.12", "0.13", "0.19", SoftwareStack.NEWEST.peft());

    private static final String PEFT_WITHOUT_UPCAST = "0.8";

    /** In older versions, models whose attention and MLP are written as today. */
    private static final Set<String> MODEL_TYPES = Set.of("llama", "mistral", "granite", "gpt_bigcode", "mixtral");

    /** The same of Transformers 5. */
    private static final Set<String> MODEL_TYPES_OF_5 = Set.of("llama", "mistral", "granite", "qwen2", "qwen3");

    private StackRules() {}

    /** A model with the modules that the job's version of Transformers makes of it. */
    static Architecture asImplemented(Architecture model, FineTuningJob job) {
        boolean separate = model.modelType().equals("mixtral")
                && TransformersRules.of(job.stack())
                        .filter(rules -> !rules.isSince5())
                        .isPresent();
        return separate ? model.withFlag(Mixture.SEPARATE_EXPERTS) : model;
    }

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        SoftwareStack stack = job.stack();
        if (stack.versions().equals(SoftwareStack.NEWEST.versions())) {
            return;
        }
        int before = problems.size();
        if (!TORCH.contains(stack.torch())
                || !PEFT.contains(stack.peft())
                || TransformersRules.of(stack).isEmpty()) {
            refuse(
                    problems,
                    "no rules for %s; known are torch %s, transformers %s, peft %s"
                            .formatted(
                                    stack,
                                    sorted(TORCH),
                                    String.join(
                                            ", ",
                                            TransformersRules.ALL.stream()
                                                    .map(TransformersRules::version)
                                                    .toList()),
                                    sorted(PEFT)));
            return;
        }
        checkJob(job, model, problems);
        if (problems.size() == before) {
            if (Mixture.describes(model) && Mixture.of(model).separate()) {
                warnings.add(
                        "experts are called one by one, so memory depends on where tokens go: computed for as many to each, with bounds in peakAllocatedRange");
            }
            warnings.add(
                    "stack %s: its own rules for the loss, the logits and the Trainer's batches; smaller differences from %s (order of loading, masks, rotary tables: megabytes) have none"
                            .formatted(stack, SoftwareStack.NEWEST));
        }
    }

    private static void checkJob(FineTuningJob job, Architecture model, List<Problem> problems) {
        SoftwareStack stack = job.stack();
        boolean since5 = TransformersRules.of(stack).orElseThrow().isSince5();
        Set<String> modelTypes = since5 ? MODEL_TYPES_OF_5 : MODEL_TYPES;
        if (!modelTypes.contains(model.modelType())) {
            refuse(
                    problems,
                    "no rules for %s under %s; known are %s".formatted(model.modelType(), stack, sorted(modelTypes)));
        }
        if (!(job.method() instanceof FullFineTuning || job.method() instanceof Lora)) {
            refuse(problems, "no rules for %s under %s".formatted(job.method().name(), stack));
        }
        if (job.optimizer() != OptimizerKind.ADAMW && !job.optimizer().isBitsandbytes()) {
            refuse(
                    problems,
                    "no rules for %s under %s".formatted(job.optimizer().id(), stack));
        }
        if (job.attention() == AttentionImplementation.SDPA && !since5) {
            refuse(
                    problems,
                    "no rule for what models did around sdpa under %s; known are eager and flash2".formatted(stack));
        }
        if (job.batch().padded() || (job.useCache() && !job.checkpointing().isOn())) {
            refuse(
                    problems,
                    "no rules for padded batches, or for a key-value cache without checkpointing, under %s"
                            .formatted(stack));
        }
        if (job.method() instanceof Lora
                && stack.peft().equals(PEFT_WITHOUT_UPCAST)
                && job.precision().weights().isHalf()) {
            refuse(
                    problems,
                    "no rule for 16-bit adapter weights yet, which peft %s makes here".formatted(stack.peft()));
        }
    }

    private static void refuse(List<Problem> problems, String message) {
        problems.add(Problem.unsupported("stack", message));
    }

    private static String sorted(Set<String> words) {
        return String.join(", ", words.stream().sorted().toList());
    }
}
