package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gemma of three generations: scaled embeddings, norms centred on one; from the second on norms around attention and MLP,
 * and windows in some layers; in the third norms over heads and positions of their own for layers with windows.
 *
 * <p>Source: transformers 5.17, {@code modeling_gemma.py}, {@code modeling_gemma2.py}, {@code modeling_gemma3.py}: the
 * constructors; {@code configuration_gemma2.py}, {@code configuration_gemma3.py}: defaults.
 */
final class GemmaFamily implements Family {
    private static final String WINDOW_PATTERN = "sliding_window_pattern";
    private static final List<String> ACTIVATIONS = List.of("gelu", "gelu_pytorch_tanh");

    private final int generation;

    GemmaFamily(int generation) {
        this.generation = generation;
    }

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        modules.add(WeightedModule.scalarBuffer("model.embed_tokens", "embed_scale"));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, "model.layers." + i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary(
                "model.rotary_emb", architecture.attention().dimension(), positionPrefixes(architecture)));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long intermediate = architecture.intermediateSize();
        AttentionHeads heads = architecture.attention();
        boolean bias = architecture.biases().queryKeyValue();
        LlamaModules.addProjections(modules, path + ".self_attn", architecture, bias, bias);
        if (generation == 3) {
            modules.add(WeightedModule.norm(path + ".self_attn.q_norm", heads.dimension(), false));
            modules.add(WeightedModule.norm(path + ".self_attn.k_norm", heads.dimension(), false));
        }
        LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, intermediate, false);
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
        if (generation > 1) {
            modules.add(WeightedModule.norm(path + ".pre_feedforward_layernorm", hidden, false));
            modules.add(WeightedModule.norm(path + ".post_feedforward_layernorm", hidden, false));
        }
    }

    /** In the third generation each kind of layer that occurs has frequencies of its own, in the order of their names. */
    private List<String> positionPrefixes(Architecture architecture) {
        if (generation < 3) {
            return List.of("");
        }
        boolean slides = false;
        boolean sees = false;
        for (int i = 0; i < architecture.layers(); i++) {
            slides |= slides(architecture, i);
            sees |= !slides(architecture, i);
        }
        List<String> prefixes = new ArrayList<>();
        if (sees) {
            prefixes.add("full_attention_");
        }
        if (slides) {
            prefixes.add("sliding_attention_");
        }
        return prefixes;
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        long pattern = generation == 2 ? 2 : architecture.number(WINDOW_PATTERN, 6);
        return LayerTypes.slides(architecture, layer, i -> (i + 1) % pattern != 0);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("attention_dropout", "use_bidirectional_attention", LayerTypes.KEY));
        keys.addAll(
                switch (generation) {
                    case 1 -> List.of("hidden_act");
                    case 2 -> List.of("hidden_activation", "attn_logit_softcapping", "final_logit_softcapping");
                    default -> List.of("hidden_activation", WINDOW_PATTERN, "final_logit_softcapping");
                });
        return keys;
    }

    @Override
    public Map<String, Object> standardSettings() {
        Map<String, Object> standard = new HashMap<>();
        standard.put(generation == 1 ? "hidden_act" : "hidden_activation", "gelu_pytorch_tanh");
        if (generation == 2) {
            standard.put("attn_logit_softcapping", 50.0);
            standard.put("final_logit_softcapping", 30.0);
        }
        return standard;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        Object activation = architecture.settings().get(generation == 1 ? "hidden_act" : "hidden_activation");
        if (!ACTIVATIONS.contains(activation)) {
            return Optional.of("no rule yet for %s with the activation %s; supported: %s"
                    .formatted(architecture.modelType(), activation, String.join(", ", ACTIVATIONS)));
        }
        if (architecture.flag("use_bidirectional_attention", false)) {
            return Optional.of("no rule yet for %s with attention in both directions (use_bidirectional_attention)"
                    .formatted(architecture.modelType()));
        }
        return UnknownSettings.dropout(architecture, "attention_dropout")
                .or(() -> LayerTypes.missing(architecture))
                .or(() -> RotarySettings.missingForRecomputation(architecture));
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
