package dev.headroom.model.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.architecture.WeightedModule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What LoRA's targets mean where experts are parameters. */
final class FusedTargetsTest {
    private static final Architecture OLMOE = architecture("olmoe");
    private static final Architecture MIXTRAL = architecture("mixtral");
    private static final Architecture QWEN = architecture("qwen2_moe");

    private static Architecture architecture(String modelType) {
        return HuggingFaceConfig.architecture(Map.of(
                "model_type", modelType,
                "hidden_size", 64,
                "intermediate_size", 32,
                "num_hidden_layers", 1,
                "num_attention_heads", 4,
                "num_key_value_heads", 4,
                "vocab_size", 100));
    }

    private static Lora lora(double dropout, String... targets) {
        return new Lora(8, Targets.of(targets), dropout, AdapterDtype.AUTO);
    }

    private static List<String> parameters(Architecture architecture, String... targets) {
        return lora(0, targets).parameters(architecture).stream()
                .map(target -> target.weight().name() + " ×" + target.parts())
                .toList();
    }

    @Test
    void parameters_allLinearOfOlmoe_areRouterAndBothBanks() {
        assertThat(parameters(OLMOE, "all-linear")).containsExactly("weight ×1", "gate_up_proj ×2", "down_proj ×1");
    }

    @Test
    void parameters_mlpOfOlmoe_leaveTheRouterOut() {
        assertThat(parameters(OLMOE, "mlp")).containsExactly("gate_up_proj ×2", "down_proj ×1");
        assertThat(lora(0, "mlp").layers(OLMOE)).isEmpty();
    }

    @Test
    void parameters_ofMixtral_goByTheOldNamesOfItsMatrices() {
        assertThat(parameters(MIXTRAL, "w1", "w3")).containsExactly("gate_up_proj ×2");
        assertThat(parameters(MIXTRAL, "mlp")).containsExactly("gate_up_proj ×2", "down_proj ×1");
    }

    @Test
    void layers_ofDeepseek_leaveOutDenseLayersAndSharedExperts() {
        Architecture deepseek = architecture("deepseek_v3").withLayers(4);
        assertThat(lora(0, "all-linear").layers(deepseek))
                .extracting(WeightedModule::name)
                .hasSize(4 * 5)
                .containsOnly("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj");
        assertThat(parameters(deepseek, "all-linear")).containsExactly("gate_up_proj ×2", "down_proj ×1", "weight ×1");
    }

    @Test
    void parameters_ofQwen_areNone() {
        assertThat(parameters(QWEN, "all-linear")).isEmpty();
        assertThat(lora(0, "mlp").layers(QWEN)).hasSize(3);
    }

    @Test
    void problem_halfOfAFusedParameter_isNamed() {
        assertThat(lora(0, "gate_proj").problem(OLMOE))
                .hasValueSatisfying(it -> assertThat(it).contains("name both or neither"));
        assertThat(lora(0, "gate_proj", "up_proj").problem(OLMOE)).isEmpty();
    }

    @Test
    void problem_dropoutOrDoraOnExperts_isNamed() {
        assertThat(lora(0.1, "all-linear").problem(OLMOE)).isPresent();
        assertThat(lora(0.1, "attention").problem(OLMOE)).isEmpty();
        assertThat(new Dora(lora(0, "all-linear")).problem(OLMOE)).isPresent();
        assertThat(lora(0.1, "all-linear").problem(QWEN)).isEmpty();
    }
}
