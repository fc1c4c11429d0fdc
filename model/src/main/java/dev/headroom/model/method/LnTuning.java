package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import java.util.List;
import java.util.Map;

/**
 * Copies of normalization layers train in place of the frozen originals. Which layers is PEFT's choice for each
 * architecture (peft 0.21, {@code utils/constants.py}, TRANSFORMERS_MODELS_TO_LNTUNING_TARGET_MODULES_MAPPING).
 *
 * @see <a href="https://arxiv.org/abs/2312.11420">Zhao et al., 2023, Tuning LayerNorm in Attention</a>
 */
public record LnTuning() implements Method {
    private static final List<String> BOTH_AND_FINAL = List.of("input_layernorm", "post_attention_layernorm", "norm");
    private static final List<String> SANDWICH = List.of(
            "input_layernorm",
            "post_attention_layernorm",
            "pre_feedforward_layernorm",
            "post_feedforward_layernorm",
            "norm");

    private static final Map<String, List<String>> TARGETS = Map.of(
            "llama",
            BOTH_AND_FINAL,
            "mistral",
            BOTH_AND_FINAL,
            "gemma",
            BOTH_AND_FINAL,
            "gemma2",
            SANDWICH,
            "gemma3_text",
            SANDWICH,
            "qwen2",
            List.of("post_attention_layernorm"),
            "qwen3",
            List.of("post_attention_layernorm"),
            "gpt2",
            List.of("ln_1", "ln_2", "ln_f"),
            "falcon",
            List.of("input_layernorm", "post_attention_layernorm", "ln_f"),
            "phi",
            List.of("input_layernorm", "final_layernorm"));

    @Override
    public String name() {
        return "ln-tuning";
    }

    /** Whether PEFT knows which layers of an architecture to tune without being told. */
    public boolean appliesTo(Architecture architecture) {
        return TARGETS.containsKey(architecture.modelType());
    }

    /** The modules whose copies train, in the order of the model's modules. */
    public List<WeightedModule> modules(Architecture architecture) {
        List<String> names = TARGETS.getOrDefault(architecture.modelType(), List.of());
        return architecture.modules().stream()
                .filter(module -> names.contains(module.name()))
                .toList();
    }
}
