package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.Biases;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders built like Llama: grouped-query attention with rotary positions, a gated MLP, norms of hidden states without a bias.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama.py}, {@code modeling_mistral.py}, {@code modeling_qwen2.py},
 * {@code modeling_qwen3.py}, {@code modeling_granite.py}, {@code modeling_olmo2.py}, {@code modeling_cohere.py}: the
 * constructors.
 */
final class LlamaFamily implements Family {
    private static final String FIRST_SLIDING_LAYER = "max_window_layers";

    private final QueryKeyNorms queryKeyNorms;
    private final List<String> layerNorms;
    private final boolean slidesInSomeLayers;

    /**
     * @param layerNorms names of a layer's norms of hidden states
     * @param slidesInSomeLayers whether a sliding window holds for some layers only, as in the qwen models
     */
    private LlamaFamily(QueryKeyNorms queryKeyNorms, List<String> layerNorms, boolean slidesInSomeLayers) {
        this.queryKeyNorms = queryKeyNorms;
        this.layerNorms = List.copyOf(layerNorms);
        this.slidesInSomeLayers = slidesInSomeLayers;
    }

    /** Norms before attention and before the MLP. */
    static LlamaFamily preNorm(QueryKeyNorms queryKeyNorms, boolean slidesInSomeLayers) {
        return new LlamaFamily(
                queryKeyNorms, List.of("input_layernorm", "post_attention_layernorm"), slidesInSomeLayers);
    }

    /** Norms of these names in each layer. */
    static LlamaFamily withNorms(QueryKeyNorms queryKeyNorms, String... layerNorms) {
        return new LlamaFamily(queryKeyNorms, List.of(layerNorms), false);
    }

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        return LlamaModules.decoder(architecture, false, this::addLayer);
    }

    private void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        Biases biases = architecture.biases();
        String attention = path + ".self_attn";
        LlamaModules.addProjections(modules, attention, architecture, biases.queryKeyValue(), biases.attentionOutput());
        queryKeyNorms.add(modules, attention, architecture);
        LlamaModules.addGatedMlp(
                modules, path + ".mlp", architecture.hiddenSize(), architecture.intermediateSize(), biases.mlp());
        for (String norm : layerNorms) {
            modules.add(WeightedModule.norm(path + "." + norm, architecture.hiddenSize(), false));
        }
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        long first = slidesInSomeLayers ? architecture.number(FIRST_SLIDING_LAYER, 28) : 0;
        return LayerTypes.slides(architecture, layer, i -> i >= first);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(queryKeyNorms.settings());
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
