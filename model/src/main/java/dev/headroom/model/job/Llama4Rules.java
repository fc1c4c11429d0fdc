package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.training.AttentionImplementation;
import java.util.List;

/**
 * What Transformers and PEFT themselves refuse of llama4_text, and what has no rule.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama4.py} ({@code _supports_flash_attn}, Llama4Router); peft 0.21,
 * {@code lora/layer.py}, {@code Linear.forward}, which takes what the router returns for a tensor.
 */
final class Llama4Rules {
    private static final String MODEL_TYPE = "llama4_text";

    private Llama4Rules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems) {
        if (!model.modelType().equals(MODEL_TYPE)) {
            return;
        }
        if (job.attention() == AttentionImplementation.FLASH2) {
            problems.add(
                    Problem.invalid("attention", "Transformers refuses flash2 for llama4_text; use sdpa or eager"));
        }
        if (job.method() instanceof AdapterMethod adapter
                && adapter.layers(model).stream().map(WeightedModule::name).anyMatch("router"::equals)) {
            problems.add(
                    Problem.invalid(
                            "method.targets",
                            "PEFT fails on the router of llama4_text, which returns a pair; name other layers, such as attention,mlp"));
        }
        if (job.useCache() || job.method() instanceof PrefixTuning) {
            problems.add(Problem.unsupported(
                    job.useCache() ? "useCache" : "method.name",
                    "no rule yet for the cache of llama4_text, which holds a chunk in most layers"));
        }
        if (job.precision().quantization().isPresent()) {
            problems.add(Problem.unsupported(
                    "quantization.kind", "no rule yet for experts beside quantized layers (llama4_text)"));
        }
    }
}
