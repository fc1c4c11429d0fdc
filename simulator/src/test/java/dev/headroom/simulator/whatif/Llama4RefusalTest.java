package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
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

/** What llama4_text does not do is refused by name; which layers are of which kind decides what a step takes. */
final class Llama4RefusalTest {
    private static final Map<String, Object> CONFIG = Map.of(
            "model_type", "llama4_text",
            "hidden_size", 64,
            "intermediate_size", 64,
            "intermediate_size_mlp", 128,
            "num_hidden_layers", 4,
            "num_attention_heads", 4,
            "head_dim", 16,
            "vocab_size", 100,
            "num_key_value_heads", 2,
            "num_local_experts", 8);

    private static MemoryEstimate estimate(Map<String, Object> settings, JobKey key, String word) {
        return estimate(settings, "full", key, word);
    }

    private static MemoryEstimate estimate(Map<String, Object> settings, String method, JobKey key, String word) {
        Map<String, Object> config = new HashMap<>(CONFIG);
        config.putAll(settings);
        Architecture architecture = HuggingFaceConfig.architecture(config);
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "tiny"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .withMethod(Scalar.ofOption("--method", method))
                .with(key, Scalar.ofOption("--option", word));
        Workplace workplace =
                new Workplace(architecture, Optional.empty(), Bytes.ZERO, new JobResolver(new OverheadCatalog().all()));
        return workplace.estimate(source.read());
    }

    private static Bytes peak(Map<String, Object> settings, String attention) {
        return estimate(settings, JobKey.ATTENTION, attention).peakAllocated();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource({
        "full, ATTENTION, flash2, Transformers refuses flash2",
        "full, USE_CACHE, true, the cache of llama4_text",
        "lora, TARGETS, all-linear, PEFT fails on the router",
    })
    void estimate_whatHasNoRule_isRefused(String method, JobKey key, String word, String message) {
        assertThatThrownBy(() -> estimate(Map.of(), method, key, word))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(message);
    }

    @Test
    void estimate_loraOnAttentionAndMlp_isSupported() {
        assertThat(estimate(Map.of(), "lora", JobKey.TARGETS, "attention").peakAllocated())
                .isGreaterThan(Bytes.ZERO);
        assertThat(estimate(Map.of(), "lora", JobKey.TARGETS, "mlp").peakAllocated())
                .isGreaterThan(Bytes.ZERO);
    }

    @Test
    void estimate_chunksShorterThanSequences_needMaskWithSdpa() {
        assertThat(peak(Map.of("attention_chunk_size", 16), "sdpa")).isGreaterThan(peak(Map.of(), "sdpa"));
    }

    @Test
    void estimate_listOfMixtures_isTheSameAsTheirStep() {
        assertThat(peak(Map.of("moe_layers", List.of(1L, 3L)), "sdpa"))
                .isEqualTo(peak(Map.of("interleave_moe_layer_step", 2), "sdpa"));
    }

    @Test
    void estimate_temperatureSwitchedOnByNumber_isTheSameAsByFlag() {
        assertThat(peak(Map.of("attn_temperature_tuning", 4L), "eager")).isEqualTo(peak(Map.of(), "eager"));
    }

    @Test
    void estimate_tooFewKindsOfLayers_isRefused() {
        assertThatThrownBy(() -> peak(Map.of("no_rope_layers", List.of(1L, 0L)), "sdpa"))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no_rope_layers");
    }
}
