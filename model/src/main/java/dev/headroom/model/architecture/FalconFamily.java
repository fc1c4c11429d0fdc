package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Falcon in its three forms: one head of keys (7B), groups of heads ({@code new_decoder_architecture}: 40B, 180B, 11B), and
 * linear biases on the scores in the place of rotary positions ({@code alibi}: the RW models).
 *
 * <p>Source: transformers 5.17, {@code modeling_falcon.py}: the constructors; {@code configuration_falcon.py}: defaults.
 */
final class FalconFamily implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("transformer.word_embeddings", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, "transformer.h." + i, architecture);
        }
        modules.add(WeightedModule.norm("transformer.ln_f", hidden, true));
        modules.add(WeightedModule.rotary(
                "transformer.rotary_emb", architecture.attention().dimension()));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        AttentionHeads heads = architecture.attention();
        boolean bias = architecture.flag("bias", false);
        long projected = (heads.query() + 2 * heads.keyValue()) * heads.dimension();
        modules.add(WeightedModule.product(path + ".self_attention.query_key_value", hidden, projected, bias));
        modules.add(WeightedModule.product(path + ".self_attention.dense", hidden, hidden, bias));
        modules.add(WeightedModule.product(path + ".mlp.dense_h_to_4h", hidden, intermediate, bias));
        modules.add(WeightedModule.product(path + ".mlp.dense_4h_to_h", intermediate, hidden, bias));
        for (String norm : norms(architecture)) {
            modules.add(WeightedModule.norm(path + "." + norm, hidden, true));
        }
    }

    private static List<String> norms(Architecture architecture) {
        if (!FalconForm.of(architecture).parallel()) {
            return List.of("post_attention_layernorm", "input_layernorm");
        }
        return FalconForm.of(architecture).twoNorms() ? List.of("ln_attn", "ln_mlp") : List.of("input_layernorm");
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(FalconForm.KEYS);
        keys.addAll(List.of("bias", "activation", "hidden_dropout", "attention_dropout"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        if (!architecture.settings().getOrDefault("activation", "gelu").equals("gelu")) {
            return Optional.of("no rule yet for falcon with another activation than gelu (activation)");
        }
        return FalconForm.missingRule(architecture)
                .or(() -> UnknownSettings.dropout(architecture, "hidden_dropout", "attention_dropout"))
                .or(() -> RotarySettings.missingForScaling(architecture));
    }

    @Override
    public List<String> attention() {
        return List.of("query_key_value", "self_attention.dense");
    }

    @Override
    public List<String> queryAndValue() {
        return List.of("query_key_value");
    }

    @Override
    public List<String> mlp() {
        return List.of("dense_h_to_4h", "dense_4h_to_h");
    }
}
