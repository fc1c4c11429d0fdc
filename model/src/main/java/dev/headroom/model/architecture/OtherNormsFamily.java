package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Architecture.Biases;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders with the matrices of Llama and norms in other places.
 *
 * <p>Source: transformers 5.17, {@code modeling_olmo2.py}, {@code modeling_cohere.py}: the constructors.
 */
final class OtherNormsFamily implements Family {
    private final boolean normsQueriesAndKeys;
    private final List<String> layerNorms;

    /**
     * @param normsQueriesAndKeys whether queries and keys are normed over all heads at once
     * @param layerNorms names of a layer's norms of hidden states
     */
    OtherNormsFamily(boolean normsQueriesAndKeys, List<String> layerNorms) {
        this.normsQueriesAndKeys = normsQueriesAndKeys;
        this.layerNorms = List.copyOf(layerNorms);
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
        long queries = heads.query() * heads.dimension();
        long keys = heads.keyValue() * heads.dimension();
        LlamaModules.addProjections(
                modules, path + ".self_attn", architecture, biases.queryKeyValue(), biases.attentionOutput());
        if (normsQueriesAndKeys) {
            modules.add(WeightedModule.norm(path + ".self_attn.q_norm", queries, false));
            modules.add(WeightedModule.norm(path + ".self_attn.k_norm", keys, false));
        }
        if (architecture.flag("use_qk_norm", false)) {
            modules.add(WeightedModule.normOfHeads(path + ".self_attn.q_norm", heads.query(), heads.dimension()));
            modules.add(WeightedModule.normOfHeads(path + ".self_attn.k_norm", heads.keyValue(), heads.dimension()));
        }
        LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, intermediate, false);
        for (String norm : layerNorms) {
            modules.add(WeightedModule.norm(path + "." + norm, hidden, false));
        }
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.add("use_qk_norm");
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return RotarySettings.missingForRecomputation(architecture);
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
