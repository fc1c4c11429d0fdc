package dev.headroom.model.architecture;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Mixtures of experts whose attention has a sink for each head: layers slide and see everything in turn, and projections,
 * router and experts have biases. Adapters reach attention only, where the linear modules are.
 *
 * <p>Source: transformers 5.17, {@code modeling_gpt_oss.py}: the constructors; {@code configuration_gpt_oss.py}.
 */
final class GptOssFamily implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, "model.layers." + i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary(
                "model.rotary_emb", architecture.attention().dimension()));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        String attention = path + ".self_attn";
        LlamaModules.addProjections(
                modules,
                attention,
                architecture,
                architecture.biases().queryKeyValue(),
                architecture.biases().attentionOutput());
        modules.add(new WeightedModule(
                attention,
                Kind.PARAMETERS,
                List.of(Weight.of("sinks", architecture.attention().query()))));
        addExperts(modules, path + ".mlp", hidden, Mixture.of(architecture));
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    private static void addExperts(List<WeightedModule> modules, String path, long hidden, Mixture mixture) {
        long experts = mixture.experts();
        long size = mixture.expertSize();
        modules.add(new WeightedModule(
                path + ".router",
                Kind.PARAMETERS,
                List.of(Weight.of("weight", experts, hidden), Weight.of("bias", experts))));
        modules.add(new WeightedModule(
                path + ".experts",
                Kind.PARAMETERS,
                List.of(
                        Weight.of("gate_up_proj", experts, hidden, 2 * size),
                        Weight.of("gate_up_proj_bias", experts, 2 * size),
                        Weight.of("down_proj", experts, size, hidden),
                        Weight.of("down_proj_bias", experts, hidden))));
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        return LayerTypes.slides(architecture, layer, i -> i % 2 == 0);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(Mixture.KEYS);
        keys.addAll(List.of(LayerTypes.KEY, "output_router_logits"));
        return keys;
    }

    /** The standard of its configuration. */
    @Override
    public boolean usesYarn(Architecture architecture) {
        return RotarySettings.isSilent(architecture) || RotarySettings.usesYarn(architecture);
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        if (architecture.attention().slidingWindow().isEmpty()) {
            return Optional.of(
                    "no rule for gpt_oss without a window: Transformers makes no mask for its sliding layers "
                            + "then (sliding_window)");
        }
        return Mixture.of(architecture)
                .missingRule(architecture)
                .or(() -> LayerTypes.missing(architecture))
                .or(() -> RotarySettings.missingForRecomputation(architecture));
    }

    @Override
    public List<String> attention() {
        return LlamaModules.ATTENTION;
    }

    @Override
    public List<String> queryAndValue() {
        return LlamaModules.QUERY_AND_VALUE;
    }

    /** None: router and experts are parameters, and PEFT has no old names for them. */
    @Override
    public List<String> mlp() {
        return List.of();
    }
}
