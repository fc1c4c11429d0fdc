package dev.headroom.model.architecture;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The text part of Llama 4: layers with chunked attention and rotary positions and layers with neither, MLPs and mixtures of
 * experts.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama4.py}: the constructors of Llama4ForCausalLM;
 * {@code configuration_llama4.py}, Llama4TextConfig.
 */
final class Llama4Family implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary(
                "model.rotary_emb", architecture.attention().dimension()));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private static void addLayer(List<WeightedModule> modules, int layer, Architecture architecture) {
        Llama4Layers layers = new Llama4Layers(architecture);
        long hidden = architecture.hiddenSize();
        String path = "model.layers." + layer;
        LlamaModules.addProjections(
                modules,
                path + ".self_attn",
                architecture,
                architecture.biases().queryKeyValue(),
                architecture.biases().attentionOutput());
        String feedForward = path + ".feed_forward";
        if (layers.isSparse(layer)) {
            addExperts(modules, feedForward, hidden, architecture.intermediateSize(), layers.experts());
        } else {
            LlamaModules.addGatedMlp(modules, feedForward, hidden, layers.denseSize(), false);
        }
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    private static void addExperts(List<WeightedModule> modules, String path, long hidden, long size, long experts) {
        modules.add(new WeightedModule(
                path + ".experts",
                Kind.PARAMETERS,
                List.of(
                        Weight.of("gate_up_proj", experts, hidden, 2 * size),
                        Weight.of("down_proj", experts, size, hidden))));
        modules.add(WeightedModule.linear(path + ".router", hidden, experts, false));
        LlamaModules.addGatedMlp(modules, path + ".shared_expert", hidden, size, false);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(Llama4Layers.KEYS);
        return keys;
    }

    @Override
    public Map<String, Object> standardSettings() {
        return Map.of("attention_chunk_size", 8192L);
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        return false;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return new Llama4Layers(architecture)
                .missingRule()
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

    @Override
    public List<String> mlp() {
        return LlamaModules.GATED_MLP;
    }
}
