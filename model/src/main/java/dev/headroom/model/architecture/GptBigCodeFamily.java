package dev.headroom.model.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * GPT BigCode: GPT-2 with one key head for all queries and linear layers of the usual kind.
 *
 * <p>Source: transformers 5.17, {@code modeling_gpt_bigcode.py}: the constructors; {@code configuration_gpt_bigcode.py}:
 * defaults.
 */
final class GptBigCodeFamily implements Family {
    private static final String ACTIVATION = "gelu_pytorch_tanh";

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        long keyValue = architecture.attention().dimension();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("transformer.wte", architecture.vocabularySize(), hidden));
        modules.add(WeightedModule.embedding(
                "transformer.wpe", architecture.positions().maximum(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            String path = "transformer.h." + i;
            modules.add(WeightedModule.norm(path + ".ln_1", hidden, true));
            modules.add(WeightedModule.linear(path + ".attn.c_attn", hidden, hidden + 2 * keyValue, true));
            modules.add(WeightedModule.linear(path + ".attn.c_proj", hidden, hidden, true));
            modules.add(WeightedModule.norm(path + ".ln_2", hidden, true));
            modules.add(WeightedModule.linear(path + ".mlp.c_fc", hidden, intermediate, true));
            modules.add(WeightedModule.linear(path + ".mlp.c_proj", intermediate, hidden, true));
        }
        modules.add(WeightedModule.norm("transformer.ln_f", hidden, true));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    @Override
    public Set<String> settings() {
        return Set.of(
                "activation_function", "attn_pdrop", "embd_pdrop", "resid_pdrop", "add_cross_attention", "multi_query");
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        boolean standard = architecture
                        .settings()
                        .getOrDefault("activation_function", ACTIVATION)
                        .equals(ACTIVATION)
                && !architecture.flag("add_cross_attention", false)
                && architecture.flag("multi_query", true);
        return standard
                ? Optional.empty()
                : Optional.of("no rule yet for gpt_bigcode with cross-attention, with a key head for each query head"
                        + " (multi_query), or with another activation than " + ACTIVATION);
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
