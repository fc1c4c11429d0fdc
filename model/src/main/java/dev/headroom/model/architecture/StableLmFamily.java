package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * StableLM: the matrices of Llama, layer norms, rotary positions on a part of each head; a norm for each head of queries and
 * keys, and attention and MLP side by side, if the configuration says so.
 *
 * <p>Source: transformers 5.17, {@code modeling_stablelm.py}: the constructors; {@code configuration_stablelm.py}: defaults.
 */
final class StableLmFamily implements Family {
    private static final double STANDARD_ROTARY_SHARE = 0.25;

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        return LlamaModules.decoder(architecture, true, StableLmFamily::addLayer);
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        AttentionHeads heads = architecture.attention();
        String attention = path + ".self_attn";
        LlamaModules.addProjections(
                modules, attention, architecture, architecture.biases().queryKeyValue(), false);
        if (architecture.flag("qk_layernorm", false)) {
            addNorms(modules, attention + ".q_layernorm", heads.query(), heads.dimension());
            addNorms(modules, attention + ".k_layernorm", heads.keyValue(), heads.dimension());
        }
        LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, architecture.intermediateSize(), false);
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, true));
        if (!architecture.flag("use_parallel_residual", false)) {
            modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, true));
        }
    }

    private static void addNorms(List<WeightedModule> modules, String path, long heads, long dimension) {
        for (long i = 0; i < heads; i++) {
            modules.add(WeightedModule.norm(path + ".norms." + i, dimension, false));
        }
    }

    @Override
    public long rotaryDimension(Architecture architecture) {
        return RotarySettings.turned(architecture, STANDARD_ROTARY_SHARE);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("qk_layernorm", "use_parallel_residual", "hidden_dropout"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return UnknownSettings.dropout(architecture, "hidden_dropout")
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
