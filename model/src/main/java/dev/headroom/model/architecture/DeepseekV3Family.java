package dev.headroom.model.architecture;

import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders with latent attention and, after some dense layers, mixtures of experts beside an MLP that sees every token. Layers
 * that predict further tokens ({@code num_nextn_predict_layers}) are not made for training.
 *
 * <p>Source: transformers 5.17, {@code modeling_deepseek_v3.py}: the constructors.
 */
final class DeepseekV3Family implements Family {
    private static final Map<String, Object> STANDARD_MIXTURE = Map.of(
            "n_routed_experts", 256L,
            "num_experts_per_tok", 8L,
            "moe_intermediate_size", 2048L,
            "n_shared_experts", 1L,
            "first_k_dense_replace", 3L,
            "norm_topk_prob", true);

    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        List<WeightedModule> modules = new ArrayList<>();
        modules.add(WeightedModule.embedding("model.embed_tokens", architecture.vocabularySize(), hidden));
        for (int i = 0; i < architecture.layers(); i++) {
            addLayer(modules, i, architecture);
        }
        modules.add(WeightedModule.norm("model.norm", hidden, false));
        modules.add(WeightedModule.rotary("model.rotary_emb", rotaryDimension(architecture)));
        modules.add(WeightedModule.linear(HEAD, hidden, architecture.vocabularySize(), false));
        return modules;
    }

    private static void addLayer(List<WeightedModule> modules, int layer, Architecture architecture) {
        String path = "model.layers." + layer;
        long hidden = architecture.hiddenSize();
        addAttention(modules, path + ".self_attn", architecture);
        Mixture mixture = Mixture.of(architecture);
        if (mixture.isSparse(layer)) {
            addExperts(modules, path + ".mlp", hidden, mixture);
        } else {
            LlamaModules.addGatedMlp(modules, path + ".mlp", hidden, architecture.intermediateSize(), false);
        }
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    private static void addAttention(List<WeightedModule> modules, String path, Architecture architecture) {
        LatentAttention latent = LatentAttention.of(architecture);
        long hidden = architecture.hiddenSize();
        long heads = architecture.attention().query();
        boolean bias = architecture.biases().queryKeyValue();
        if (latent.queryRank().isPresent()) {
            long rank = latent.queryRank().getAsLong();
            modules.add(WeightedModule.linear(path + ".q_a_proj", hidden, rank, bias));
            modules.add(WeightedModule.norm(path + ".q_a_layernorm", rank, false));
            modules.add(WeightedModule.linear(path + ".q_b_proj", rank, heads * latent.key(), false));
        } else {
            modules.add(WeightedModule.linear(path + ".q_proj", hidden, heads * latent.key(), false));
        }
        long rank = latent.keyValueRank();
        modules.add(WeightedModule.linear(path + ".kv_a_proj_with_mqa", hidden, rank + latent.turned(), bias));
        modules.add(WeightedModule.norm(path + ".kv_a_layernorm", rank, false));
        modules.add(WeightedModule.linear(path + ".kv_b_proj", rank, heads * (latent.plain() + latent.value()), false));
        modules.add(WeightedModule.linear(
                path + ".o_proj",
                heads * latent.value(),
                hidden,
                architecture.biases().attentionOutput()));
    }

    private static void addExperts(List<WeightedModule> modules, String path, long hidden, Mixture mixture) {
        modules.add(new WeightedModule(
                path + ".experts",
                Kind.PARAMETERS,
                List.of(
                        Weight.of("gate_up_proj", mixture.experts(), 2 * mixture.expertSize(), hidden),
                        Weight.of("down_proj", mixture.experts(), hidden, mixture.expertSize()))));
        modules.add(new WeightedModule(
                path + ".gate", Kind.PARAMETERS, List.of(Weight.of("weight", mixture.experts(), hidden))));
        modules.add(new WeightedModule(
                path + ".gate", Kind.BUFFER, List.of(Weight.of("e_score_correction_bias", mixture.experts()))));
        LlamaModules.addGatedMlp(modules, path + ".shared_experts", hidden, mixture.sharedSize(), false);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(LatentAttention.KEYS);
        keys.addAll(ExpertGroups.KEYS);
        keys.addAll(STANDARD_MIXTURE.keySet());
        keys.add("rope_interleave");
        return keys;
    }

    @Override
    public Map<String, Object> standardSettings() {
        Map<String, Object> standard = new HashMap<>(LatentAttention.STANDARD);
        standard.putAll(ExpertGroups.STANDARD);
        standard.putAll(STANDARD_MIXTURE);
        return standard;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        Mixture mixture = Mixture.of(architecture);
        ExpertGroups groups = ExpertGroups.of(architecture);
        long heads = architecture.attention().query();
        long keyHeads = architecture.attention().keyValue();
        if (keyHeads != heads) {
            return Optional.of("no rule for deepseek_v3 with %d key heads beside %d heads (num_key_value_heads)"
                    .formatted(keyHeads, heads));
        }
        if (groups.count() < 1 || mixture.experts() < 2 * groups.count() || mixture.experts() % groups.count() != 0) {
            return Optional.of("no rule for deepseek_v3 with %d experts in %d groups (n_group), two a group at least"
                    .formatted(mixture.experts(), groups.count()));
        }
        if (mixture.perToken() > groups.perToken() * (mixture.experts() / groups.count())) {
            return Optional.of("no rule for deepseek_v3 with %d experts per token from %d groups (topk_group)"
                    .formatted(mixture.perToken(), groups.perToken()));
        }
        return RotarySettings.missingForRecomputation(architecture);
    }

    @Override
    public long rotaryDimension(Architecture architecture) {
        return LatentAttention.of(architecture).turned();
    }

    @Override
    public List<String> attention() {
        return List.of("q_proj", "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj");
    }

    @Override
    public List<String> queryAndValue() {
        return List.of("q_proj", "q_b_proj", "kv_b_proj");
    }

    @Override
    public List<String> mlp() {
        return LlamaModules.GATED_MLP;
    }
}
