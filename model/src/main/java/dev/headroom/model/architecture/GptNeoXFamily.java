package dev.headroom.model.architecture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * GPT-NeoX and Pythia: layer norms with a bias, attention and MLP side by side, rotary positions on a part of each head.
 *
 * <p>Source: transformers 5.17, {@code modeling_gpt_neox.py}: the constructors; {@code configuration_gpt_neox.py}: defaults.
 */
final class GptNeoXFamily implements Family {
    private static final double STANDARD_ROTARY_SHARE = 0.25;

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        boolean bias = architecture.biases().queryKeyValue();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("gpt_neox.embed_in", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            String path = "gpt_neox.layers." + i;
            modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, true));
            modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, true));
            modules.add(WeightedModule.linear(path + ".attention.query_key_value", hidden, 3 * hidden, bias));
            modules.add(WeightedModule.linear(path + ".attention.dense", hidden, hidden, bias));
            modules.add(WeightedModule.linear(path + ".mlp.dense_h_to_4h", hidden, intermediate, true));
            modules.add(WeightedModule.linear(path + ".mlp.dense_4h_to_h", intermediate, hidden, true));
        }
        modules.add(WeightedModule.norm("gpt_neox.final_layer_norm", hidden, true));
        modules.add(WeightedModule.rotary("gpt_neox.rotary_emb", rotaryDimension(architecture)));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    @Override
    public long rotaryDimension(Architecture architecture) {
        return RotarySettings.turned(architecture, STANDARD_ROTARY_SHARE);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("use_parallel_residual", "hidden_dropout", "attention_dropout", "hidden_act"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        if (!architecture.flag("use_parallel_residual", true)) {
            return Optional.of("no rule yet for gpt_neox without parallel residuals (use_parallel_residual)");
        }
        return UnknownSettings.dropout(architecture, "hidden_dropout", "attention_dropout")
                .or(() -> UnknownSettings.activationOtherThan(architecture, "gelu"))
                .or(() -> RotarySettings.missingForScaling(architecture));
    }

    @Override
    public List<String> attention() {
        return List.of("query_key_value", "attention.dense");
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
