package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.architecture.InvalidConfigException;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What gpt_oss does not do, or what has no rule, is refused by name; what it does warns of its weights. */
final class GptOssRefusalTest {
    private static final Map<String, Object> CONFIG = Map.of(
            "model_type", "gpt_oss",
            "hidden_size", 64,
            "intermediate_size", 64,
            "num_hidden_layers", 2,
            "num_attention_heads", 4,
            "vocab_size", 100,
            "num_key_value_heads", 2,
            "num_local_experts", 8);

    private static MemoryEstimate estimate(Map<String, Object> settings, JobKey key, String word) {
        Map<String, Object> config = new HashMap<>(CONFIG);
        config.putAll(settings);
        Architecture architecture = HuggingFaceConfig.architecture(config);
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", "tiny"))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .with(JobKey.ATTENTION, Scalar.ofOption("--attention", "eager"))
                .withMethod(Scalar.ofOption("--method", "full"))
                .with(key, Scalar.ofOption("--option", word));
        Workplace workplace =
                new Workplace(architecture, Optional.empty(), Bytes.ZERO, new JobResolver(new OverheadCatalog().all()));
        return workplace.estimate(source.read());
    }

    @Test
    void estimate_eager_warnsThatWeightsAreDequantized() {
        assertThat(estimate(Map.of(), JobKey.ATTENTION, "eager").warnings())
                .anyMatch(warning -> warning.contains("mxfp4"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "ATTENTION, sdpa, Transformers refuses sdpa",
        "ATTENTION, flash2, vllm-flash-attn3",
        "WEIGHT_DTYPE, fp16, norms Transformers loads in float32",
        "USE_CACHE, true, the cache of gpt_oss",
    })
    void estimate_whatHasNoRule_isRefused(JobKey key, String word, String message) {
        assertThatThrownBy(() -> estimate(Map.of(), key, word))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(message);
    }

    @Test
    void estimate_lossOnRouter_isRefused() {
        assertThatThrownBy(() -> estimate(Map.of("output_router_logits", true), JobKey.ATTENTION, "eager"))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("output_router_logits");
    }

    @Test
    void architecture_weightsInMxfp4_saysWhatTrains() {
        Map<String, Object> config = new HashMap<>(CONFIG);
        config.put("quantization_config", Map.of("quant_method", "mxfp4"));
        assertThatThrownBy(() -> HuggingFaceConfig.architecture(config))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("Mxfp4Config(dequantize=True)");
    }
}
