package dev.headroom.model.architecture;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders built like Llama whose MLPs are mixtures of experts: a router, and the experts' matrices in two banks.
 *
 * <p>Source: transformers 5.17, {@code modeling_olmoe.py}, {@code modeling_qwen2_moe.py}, {@code modeling_qwen3_moe.py},
 * {@code modeling_mixtral.py}: the constructors; transformers 4.57.6, {@code modeling_mixtral.py},
 * {@code MixtralSparseMoeBlock}, where experts are modules of their own.
 */
final class MixtureFamily implements Family {
    private final QueryKeyNorms norms;
    private final boolean routerFirst;
    private final List<String> mlp;

    /**
     * @param routerFirst whether the router is made before the experts
     * @param mlp what the parts of the MLP are called among LoRA's targets
     */
    MixtureFamily(QueryKeyNorms norms, boolean routerFirst, List<String> mlp) {
        this.norms = norms;
        this.routerFirst = routerFirst;
        this.mlp = List.copyOf(mlp);
    }

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary(
                "model.rotary_emb", architecture.attention().dimension()));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private void addLayer(List<WeightedModule> modules, int layer, Architecture architecture) {
        String path = "model.layers." + layer;
        long hidden = architecture.hiddenSize();
        addAttention(modules, path + ".self_attn", architecture);
        Mixture mixture = Mixture.of(architecture);
        if (mixture.separate()) {
            addSeparateExperts(modules, path + ".block_sparse_moe", hidden, mixture);
        } else if (mixture.isSparse(layer)) {
            addExperts(modules, path + ".mlp", hidden, mixture);
        } else {
            LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, architecture.intermediateSize(), false);
        }
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    private void addAttention(List<WeightedModule> modules, String path, Architecture architecture) {
        LlamaModules.addProjections(
                modules,
                path,
                architecture,
                architecture.biases().queryKeyValue(),
                architecture.biases().attentionOutput());
        norms.add(modules, path, architecture);
    }

    private static void addSeparateExperts(List<WeightedModule> modules, String path, long hidden, Mixture mixture) {
        modules.add(WeightedModule.linear(path + ".gate", hidden, mixture.experts(), false));
        for (long i = 0; i < mixture.experts(); i++) {
            String expert = path + ".experts." + i;
            modules.add(WeightedModule.linear(expert + ".w1", hidden, mixture.expertSize(), false));
            modules.add(WeightedModule.linear(expert + ".w2", mixture.expertSize(), hidden, false));
            modules.add(WeightedModule.linear(expert + ".w3", hidden, mixture.expertSize(), false));
        }
    }

    private void addExperts(List<WeightedModule> modules, String path, long hidden, Mixture mixture) {
        WeightedModule router = new WeightedModule(
                path + ".gate", Kind.PARAMETERS, List.of(Weight.of("weight", mixture.experts(), hidden)));
        WeightedModule experts = new WeightedModule(
                path + ".experts",
                Kind.PARAMETERS,
                List.of(
                        Weight.of("gate_up_proj", mixture.experts(), 2 * mixture.expertSize(), hidden),
                        Weight.of("down_proj", mixture.experts(), hidden, mixture.expertSize())));
        modules.addAll(routerFirst ? List.of(router, experts) : List.of(experts, router));
        if (mixture.sharedSize() > 0) {
            LlamaModules.addGatedMlp(modules, path + ".shared_expert", hidden, mixture.sharedSize(), false);
            modules.add(WeightedModule.linear(path + ".shared_expert_gate", hidden, 1, false));
        }
    }

    @Override
    public boolean slides(Architecture architecture, int layer) {
        boolean everyOther = architecture.modelType().equals("qwen2_moe");
        long end = architecture.number("max_window_layers", 28);
        return LayerTypes.slides(architecture, layer, i -> !everyOther || (i % 2 == 0 && i < end));
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(Mixture.KEYS);
        keys.addAll(List.of(
                LayerTypes.KEY, "max_window_layers", "clip_qkv", "router_jitter_noise", "output_router_logits"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        String type = architecture.modelType();
        if (architecture.settings().containsKey("clip_qkv")) {
            return Optional.of("no rule yet for %s with clipped queries, keys and values (clip_qkv)".formatted(type));
        }
        if (architecture.decimal("router_jitter_noise", 0) > 0) {
            return Optional.of("no rule yet for %s with noise on its router (router_jitter_noise)".formatted(type));
        }
        return Mixture.of(architecture)
                .missingRule(architecture)
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
        return mlp;
    }
}
