package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Variants of known architectures that have no rules are refused by the setting that asks for them. */
final class ArchitectureRefusalTest {
    private static final Map<String, Object> DIMENSIONS = Map.of(
            "hidden_size", 64,
            "intermediate_size", 128,
            "ffn_dim", 128,
            "num_hidden_layers", 2,
            "num_attention_heads", 4,
            "num_key_value_heads", 4,
            "vocab_size", 100,
            "max_position_embeddings", 512,
            "tie_word_embeddings", true);

    private static void estimate(String modelType, Map<String, Object> settings, int length) {
        Map<String, Object> config = new HashMap<>(DIMENSIONS);
        config.put("model_type", modelType);
        config.putAll(settings);
        Architecture architecture = HuggingFaceConfig.architecture(config);
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "tiny"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", Integer.toString(length)))
                .withMethod(Scalar.ofOption("--method", "full"));
        Workplace workplace =
                new Workplace(architecture, Optional.empty(), Bytes.ZERO, new JobResolver(new OverheadCatalog().all()));
        assertThat(workplace.estimate(source.read()).peakAllocated().count()).isPositive();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "llama",
        "mistral",
        "qwen2",
        "qwen3",
        "granite",
        "phi3",
        "gemma",
        "gemma2",
        "gemma3_text",
        "gpt_neox",
        "opt",
        "gpt2",
        "gpt_bigcode",
        "starcoder2",
        "olmoe",
        "mixtral",
        "qwen2_moe",
        "qwen3_moe",
        "olmo2",
        "cohere",
        "deepseek_v3",
        "falcon",
        "llama4_text",
        "stablelm",
        "phi"
    })
    void estimate_standardSettings_isSupported(String modelType) {
        estimate(modelType, Map.of(), 64);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource({
        "phi, embd_pdrop, 0.1",
        "stablelm, hidden_dropout, 0.1",
        "olmoe, clip_qkv, 8",
        "gpt_neox, hidden_dropout, 0.1",
        "opt, layerdrop, 0.1",
        "gemma2, attention_dropout, 0.1",
        "falcon, hidden_dropout, 0.1",
        "falcon, attention_dropout, 0.1",
    })
    void estimate_settingWithoutRule_isUnsupported(String modelType, String setting, double value) {
        assertThatThrownBy(() -> estimate(modelType, Map.of(setting, value), 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for " + modelType);
    }

    @ParameterizedTest(name = "{0} with {1}={2}")
    @CsvSource({
        "gpt_neox, use_parallel_residual, false",
        "opt, do_layer_norm_before, false",
        "olmoe, output_router_logits, true",
        "phi, qk_layernorm, true",
        "gemma3_text, use_bidirectional_attention, true",
        "falcon, alibi, true"
    })
    void estimate_switchWithoutRule_isUnsupported(String modelType, String setting, boolean value) {
        assertThatThrownBy(() -> estimate(modelType, Map.of(setting, value), 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for " + modelType);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource({
        "phi3, longrope",
        "phi3, yarn",
        "gpt_neox, linear",
        "falcon, linear",
        "qwen3, dynamic",
        "llama, longrope"
    })
    void estimate_rotaryKindWithoutRule_isUnsupported(String modelType, String kind) {
        for (Map<String, Object> settings : List.<Map<String, Object>>of(
                Map.of("rope_parameters", Map.of("rope_type", kind)), Map.of("rope_scaling", Map.of("type", kind)))) {
            assertThatThrownBy(() -> estimate(modelType, settings, 64))
                    .isInstanceOf(RefusedJobException.class)
                    .hasMessageContaining("'%s'".formatted(kind));
        }
    }

    @Test
    void estimate_gemma3WithDynamicPositionsInSomeLayers_isUnsupported() {
        Map<String, Object> settings = Map.of(
                "rope_parameters",
                Map.of("full_attention", Map.of("rope_type", "dynamic"), "sliding_attention", Map.of()));
        assertThatThrownBy(() -> estimate("gemma3_text", settings, 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("'dynamic'");
    }

    @Test
    void estimate_unknownKindOfLayer_isUnsupported() {
        assertThatThrownBy(() ->
                        estimate("gemma2", Map.of("layer_types", List.of("full_attention", "linear_attention")), 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("layer_types");
    }

    @ParameterizedTest(name = "{0} with another activation")
    @CsvSource({
        "phi3, hidden_act, gelu",
        "gpt_neox, hidden_act, relu",
        "opt, activation_function, gelu",
        "phi, hidden_act, gelu",
        "gpt2, activation_function, relu",
        "gpt_bigcode, activation_function, gelu",
        "starcoder2, hidden_act, silu",
        "falcon, activation, relu"
    })
    void estimate_activationWithoutRule_isUnsupported(String modelType, String setting, String activation) {
        assertThatThrownBy(() -> estimate(modelType, Map.of(setting, activation), 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for " + modelType);
    }

    @ParameterizedTest(name = "deepseek_v3 with {0}={1}")
    @CsvSource({"num_key_value_heads, 2", "n_group, 3", "n_group, 200", "topk_group, 0"})
    void estimate_deepseekOfOtherCounts_isUnsupported(String setting, int value) {
        assertThatThrownBy(() -> estimate("deepseek_v3", Map.of(setting, value), 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule for deepseek_v3")
                .hasMessageContaining(setting);
    }

    @ParameterizedTest(name = "falcon with {0}={1}")
    @CsvSource({
        "new_decoder_architecture, true, parallel_attn, false, needs parallel_attn",
        "num_ln_in_parallel_attn, 2, parallel_attn, true, needs new_decoder_architecture",
        "multi_query, false, num_kv_heads, 2, needs new_decoder_architecture"
    })
    void estimate_falconThatTransformersCannotRun_isRefused(
            String setting, String value, String other, String otherValue, String message) {
        Map<String, Object> settings = Map.of(setting, parsed(value), other, parsed(otherValue));
        assertThatThrownBy(() -> estimate("falcon", settings, 64))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(message);
    }

    private static Object parsed(String value) {
        return value.matches("\\d+") ? Integer.valueOf(value) : Boolean.valueOf(value);
    }

    @Test
    void estimate_beyondLearnedPositions_isRefused() {
        assertThatThrownBy(() -> estimate("opt", Map.of(), 513))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("beyond the 512 learned positions");
    }
}
