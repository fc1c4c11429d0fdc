package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.architecture.WeightedModule;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of type deepseek_v3: what their modules are, and which jobs on them are refused. */
final class LatentAttentionTest {
    private static final Map<String, Object> CONFIG = Map.ofEntries(
            Map.entry("model_type", "deepseek_v3"),
            Map.entry("hidden_size", 64),
            Map.entry("intermediate_size", 128),
            Map.entry("moe_intermediate_size", 32),
            Map.entry("num_hidden_layers", 2),
            Map.entry("first_k_dense_replace", 1),
            Map.entry("num_attention_heads", 4),
            Map.entry("num_key_value_heads", 4),
            Map.entry("q_lora_rank", 48),
            Map.entry("kv_lora_rank", 32),
            Map.entry("n_routed_experts", 16),
            Map.entry("num_experts_per_tok", 4),
            Map.entry("vocab_size", 100));

    private static Architecture architecture(String key, @Nullable Object value) {
        Map<String, @Nullable Object> config = new HashMap<>(CONFIG);
        config.put(key, value);
        return HuggingFaceConfig.architecture(config);
    }

    private static MemoryEstimate estimate(JobSource source) {
        Architecture architecture = HuggingFaceConfig.architecture(CONFIG);
        Workplace workplace =
                new Workplace(architecture, Optional.empty(), Bytes.ZERO, new JobResolver(new OverheadCatalog().all()));
        return workplace.estimate(source.read());
    }

    private static JobSource job(String method) {
        return JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "tiny"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .withMethod(Scalar.ofOption("--method", method));
    }

    private static List<String> names(Architecture architecture) {
        return Family.of(architecture.modelType()).orElseThrow().modules(architecture).stream()
                .map(WeightedModule::path)
                .toList();
    }

    @Test
    void architecture_headDim_isThatOfTurnedElementsOnly() {
        Architecture architecture = architecture("head_dim", 64);
        assertThat(architecture.attention().dimension()).isEqualTo(128 + 64);
        assertThat(Family.of("deepseek_v3").orElseThrow().rotaryDimension(architecture))
                .isEqualTo(64);
    }

    @Test
    void modules_noRankOfQueries_areMadeByOneProjection() {
        assertThat(names(architecture("q_lora_rank", 48)))
                .contains("model.layers.0.self_attn.q_a_proj", "model.layers.0.self_attn.q_b_proj")
                .doesNotContain("model.layers.0.self_attn.q_proj");
        assertThat(names(architecture("q_lora_rank", null)))
                .contains("model.layers.0.self_attn.q_proj")
                .doesNotContain("model.layers.0.self_attn.q_a_proj");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"full", "lora", "loha", "vera", "prompt-tuning"})
    void estimate_methodWithRules_isPredicted(String method) {
        assertThat(estimate(job(method)).peakAllocated().count()).isPositive();
    }

    @Test
    void estimate_flash2_isUnsupported() {
        JobSource job = job("lora").with(JobKey.ATTENTION, Scalar.ofOption("--attention", "flash2"));
        assertThatThrownBy(() -> estimate(job))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("keys of 192 and values of 128 elements");
    }

    @Test
    void estimate_prefixTuning_isUnsupported() {
        assertThatThrownBy(() -> estimate(job("prefix-tuning")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule for prefix-tuning of deepseek_v3");
    }

    @Test
    void estimate_oftOfTheExpansion_isRefused() {
        assertThatThrownBy(() -> estimate(job("oft")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("kv_b_proj");
    }
}
