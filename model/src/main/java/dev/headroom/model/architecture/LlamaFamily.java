package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Architecture.Biases;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders built like Llama: grouped-query attention with rotary positions, a gated MLP, two norms a layer.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama.py}, {@code modeling_mistral.py}, {@code modeling_qwen2.py},
 * {@code modeling_qwen3.py}, {@code modeling_granite.py}: the constructors.
 */
final class LlamaFamily implements Family {
    private static final String FIRST_SLIDING_LAYER = "max_window_layers";

    private final boolean headNorms;
    private final boolean slidesInSomeLayers;

    /**
     * @param headNorms whether queries and keys have a norm of their own over each head, as in qwen3
     * @param slidesInSomeLayers whether a sliding window holds for some layers only, as in the qwen models
     */
    LlamaFamily(boolean headNorms, boolean slidesInSomeLayers) {
        this.headNorms = headNorms;
        this.slidesInSomeLayers = slidesInSomeLayers;
    }

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        AttentionHeads heads = architecture.attention();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, "model.layers." + i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary("model.rotary_emb", heads.dimension()));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        AttentionHeads heads = architecture.attention();
        Biases biases = architecture.biases();
        LlamaModules.addProjections(
                modules, path + ".self_attn", architecture, biases.queryKeyValue(), biases.attentionOutput());
        if (headNorms) {
            modules.add(WeightedModule.norm(path + ".self_attn.q_norm", heads.dimension(), false));
            modules.add(WeightedModule.norm(path + ".self_attn.k_norm", heads.dimension(), false));
        }
        LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, intermediate, biases.mlp());
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        long first = slidesInSomeLayers ? architecture.number(FIRST_SLIDING_LAYER, 28) : 0;
        return LayerTypes.slides(architecture, layer, i -> i >= first);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        if (slidesInSomeLayers) {
            keys.addAll(List.of(LayerTypes.KEY, FIRST_SLIDING_LAYER));
        }
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return LayerTypes.missing(architecture).or(() -> RotarySettings.missingForRecomputation(architecture));
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
