package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.ArrayList;
import java.util.List;

/** Modules that the constructors of many families make alike, and what those are called. */
final class LlamaModules {
    static final List<String> ATTENTION = List.of("q_proj", "k_proj", "v_proj", "o_proj");
    static final List<String> QUERY_AND_VALUE = List.of("q_proj", "v_proj");
    static final List<String> GATED_MLP = List.of("gate_proj", "up_proj", "down_proj");

    private LlamaModules() {}

    /** Adds the modules of one layer. */
    interface LayerModules {
        void add(List<WeightedModule> modules, String path, Architecture architecture);
    }

    /**
     * A decoder as {@code modeling_llama.py} constructs it: embedding, layers, a last norm, rotary positions; and its head.
     *
     * @param biasedNorm whether the last norm has a bias
     */
    static List<WeightedModule> decoder(Architecture architecture, boolean biasedNorm, LayerModules layer) {
        long hidden = architecture.hiddenSize();
        Family family = Family.of(architecture.modelType()).orElseThrow();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            layer.add(modules, "model.layers." + i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, biasedNorm));
        modules.add(WeightedModule.rotary("model.rotary_emb", family.rotaryDimension(architecture)));
        modules.add(WeightedModule.linear(Family.HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    /**
     * Adds the four projections of an attention module.
     *
     * @param path the attention module, such as {@code model.layers.3.self_attn}
     * @param bias whether queries, keys and values have a bias
     * @param outputBias whether the output has one
     */
    static void addProjections(
            List<WeightedModule> modules, String path, Architecture architecture, boolean bias, boolean outputBias) {
        long hidden = architecture.hiddenSize();
        AttentionHeads heads = architecture.attention();
        long queries = heads.query() * heads.dimension();
        long keys = heads.keyValue() * heads.dimension();
        modules.add(WeightedModule.linear(path + ".q_proj", hidden, queries, bias));
        modules.add(WeightedModule.linear(path + ".k_proj", hidden, keys, bias));
        modules.add(WeightedModule.linear(path + ".v_proj", hidden, keys, bias));
        modules.add(WeightedModule.linear(path + ".o_proj", queries, hidden, outputBias));
    }

    /**
     * Adds the three projections of a gated MLP.
     *
     * @param path the MLP's module
     * @param intermediate its width [elements]
     */
    static void addGatedMlp(List<WeightedModule> modules, String path, long hidden, long intermediate, boolean bias) {
        modules.add(WeightedModule.linear(path + ".gate_proj", hidden, intermediate, bias));
        modules.add(WeightedModule.linear(path + ".up_proj", hidden, intermediate, bias));
        modules.add(WeightedModule.linear(path + ".down_proj", intermediate, hidden, bias));
    }
}
