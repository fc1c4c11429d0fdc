package dev.headroom.model.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * OPT: learned positions, layer norms with a bias, dropout on residuals.
 *
 * <p>Source: transformers 5.17, {@code modeling_opt.py}: the constructors; {@code configuration_opt.py}: defaults.
 */
final class OptFamily implements Family {
    /** Rows of the table of positions before the first one ({@code OPTLearnedPositionalEmbedding.offset}). */
    private static final long POSITION_OFFSET = 2;

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.decoder.embed_tokens", architecture.vocabularySize(), hidden));
        modules.add(WeightedModule.embedding(
                "model.decoder.embed_positions", architecture.positions().maximum() + POSITION_OFFSET, hidden));
        modules.add(WeightedModule.norm("model.decoder.final_layer_norm", hidden, true));
        for (int i = 0; i < architecture.layers(); i++) {
            String path = "model.decoder.layers." + i;
            for (String name : List.of("k_proj", "v_proj", "q_proj", "out_proj")) {
                modules.add(WeightedModule.linear(path + ".self_attn." + name, hidden, hidden, true));
            }
            modules.add(WeightedModule.norm(path + ".self_attn_layer_norm", hidden, true));
            modules.add(WeightedModule.linear(path + ".fc1", hidden, intermediate, true));
            modules.add(WeightedModule.linear(path + ".fc2", intermediate, hidden, true));
            modules.add(WeightedModule.norm(path + ".final_layer_norm", hidden, true));
        }
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    @Override
    public Set<String> settings() {
        return Set.of(
                "dropout",
                "attention_dropout",
                "activation_function",
                "do_layer_norm_before",
                "enable_bias",
                "layerdrop",
                "word_embed_proj_dim",
                "_remove_final_layer_norm",
                "layer_norm_elementwise_affine");
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        boolean standard = architecture.flag("do_layer_norm_before", true)
                && architecture.flag("enable_bias", true)
                && architecture.flag("layer_norm_elementwise_affine", true)
                && !architecture.flag("_remove_final_layer_norm", false)
                && architecture.number("word_embed_proj_dim", architecture.hiddenSize()) == architecture.hiddenSize()
                && architecture
                        .settings()
                        .getOrDefault("activation_function", "relu")
                        .equals("relu")
                && architecture.decimal("attention_dropout", 0) <= 0
                && architecture.decimal("layerdrop", 0) <= 0;
        return standard
                ? Optional.empty()
                : Optional.of(
                        "no rule yet for opt with norms after the layers, without biases, with a projected embedding,"
                                + " with dropout of attention or layers, or with another activation than relu");
    }

    @Override
    public List<String> attention() {
        return List.of("q_proj", "k_proj", "v_proj", "out_proj");
    }

    @Override
    public List<String> queryAndValue() {
        return List.of("q_proj", "v_proj");
    }

    @Override
    public List<String> mlp() {
        return List.of("fc1", "fc2");
    }
}
