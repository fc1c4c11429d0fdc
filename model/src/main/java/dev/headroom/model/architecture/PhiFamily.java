package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Phi-1, Phi-1.5 and Phi-2: one layer norm a layer, attention and MLP side by side, rotary positions on a part of each head, a
 * bias everywhere, the output head included.
 *
 * <p>Source: transformers 5.17, {@code modeling_phi.py}: the constructors; {@code configuration_phi.py}: defaults.
 */
final class PhiFamily implements Family {
    private static final double STANDARD_ROTARY_SHARE = 0.5;

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, "model.layers." + i, architecture);
        }
        modules.add(WeightedModule.rotary("model.rotary_emb", rotaryDimension(architecture)));
        modules.add(WeightedModule.norm("model.final_layernorm", hidden, true));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), true));
        return modules;
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        AttentionHeads heads = architecture.attention();
        long queries = heads.query() * heads.dimension();
        long keys = heads.keyValue() * heads.dimension();
        modules.add(WeightedModule.linear(path + ".self_attn.q_proj", hidden, queries, true));
        modules.add(WeightedModule.linear(path + ".self_attn.k_proj", hidden, keys, true));
        modules.add(WeightedModule.linear(path + ".self_attn.v_proj", hidden, keys, true));
        modules.add(WeightedModule.linear(path + ".self_attn.dense", queries, hidden, true));
        modules.add(WeightedModule.linear(path + ".mlp.fc1", hidden, intermediate, true));
        modules.add(WeightedModule.linear(path + ".mlp.fc2", intermediate, hidden, true));
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, true));
    }

    @Override
    public long rotaryDimension(Architecture architecture) {
        return RotarySettings.turned(architecture, STANDARD_ROTARY_SHARE);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("hidden_act", "qk_layernorm", "resid_pdrop", "embd_pdrop", "attention_dropout"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        if (architecture.flag("qk_layernorm", false)) {
            return Optional.of("no rule yet for phi with norms over queries and keys (qk_layernorm)");
        }
        return UnknownSettings.dropout(architecture, "embd_pdrop")
                .or(() -> UnknownSettings.activationOtherThan(architecture, "gelu_new"))
                .or(() -> RotarySettings.missingForRecomputation(architecture));
    }

    @Override
    public List<String> attention() {
        return List.of("q_proj", "k_proj", "v_proj", "dense");
    }

    @Override
    public List<String> queryAndValue() {
        return LlamaModules.QUERY_AND_VALUE;
    }

    @Override
    public List<String> mlp() {
        return List.of("fc1", "fc2");
    }
}
