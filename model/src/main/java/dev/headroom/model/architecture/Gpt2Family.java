package dev.headroom.model.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * GPT-2: learned positions, layer norms with a bias, linear layers stored as {@code Conv1D}, dropout in every place.
 *
 * <p>Source: transformers 5.17, {@code modeling_gpt2.py}: the constructors; {@code configuration_gpt2.py}: defaults.
 */
final class Gpt2Family implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("transformer.wte", architecture.vocabularySize(), hidden));
        modules.add(WeightedModule.embedding(
                "transformer.wpe", architecture.positions().maximum(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            String path = "transformer.h." + i;
            modules.add(WeightedModule.norm(path + ".ln_1", hidden, true));
            modules.add(WeightedModule.conv1d(path + ".attn.c_attn", hidden, 3 * hidden));
            modules.add(WeightedModule.conv1d(path + ".attn.c_proj", hidden, hidden));
            modules.add(WeightedModule.norm(path + ".ln_2", hidden, true));
            modules.add(WeightedModule.conv1d(path + ".mlp.c_fc", hidden, intermediate));
            modules.add(WeightedModule.conv1d(path + ".mlp.c_proj", intermediate, hidden));
        }
        modules.add(WeightedModule.norm("transformer.ln_f", hidden, true));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    @Override
    public Set<String> settings() {
        return Set.of(
                "activation_function",
                "attn_pdrop",
                "embd_pdrop",
                "resid_pdrop",
                "add_cross_attention",
                "reorder_and_upcast_attn");
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        boolean standard = architecture
                        .settings()
                        .getOrDefault("activation_function", "gelu_new")
                        .equals("gelu_new")
                && !architecture.flag("add_cross_attention", false)
                && !architecture.flag("reorder_and_upcast_attn", false);
        return standard
                ? Optional.empty()
                : Optional.of("no rule yet for gpt2 with cross-attention, with attention in float32"
                        + " (reorder_and_upcast_attn), or with another activation than gelu_new");
    }

    @Override
    public List<String> attention() {
        return List.of("c_attn", "attn.c_proj");
    }

    @Override
    public List<String> queryAndValue() {
        return List.of("c_attn");
    }

    @Override
    public List<String> mlp() {
        return List.of("c_fc", "mlp.c_proj");
    }
}
