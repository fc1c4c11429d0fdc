package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Llama-like decoders whose projections are fused: queries, keys and values in one matrix, gate and up in another.
 *
 * <p>Source: transformers 5.17, {@code modeling_phi3.py}: the constructors.
 */
final class Phi3Family implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        return LlamaModules.decoder(architecture, false, Phi3Family::addLayer);
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        AttentionHeads heads = architecture.attention();
        long queries = heads.query() * heads.dimension();
        long keys = heads.keyValue() * heads.dimension();
        long intermediate = architecture.intermediateSize();
        modules.add(WeightedModule.linear(path + ".self_attn.o_proj", queries, hidden, false));
        modules.add(WeightedModule.linear(path + ".self_attn.qkv_proj", hidden, queries + 2 * keys, false));
        modules.add(WeightedModule.linear(path + ".mlp.gate_up_proj", hidden, 2 * intermediate, false));
        modules.add(WeightedModule.linear(path + ".mlp.down_proj", intermediate, hidden, false));
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, false));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, false));
    }

    @Override
    public long rotaryDimension(Architecture architecture) {
        return RotarySettings.turned(architecture, 1);
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("attention_dropout", "resid_pdrop", "hidden_act"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return UnknownSettings.activationOtherThan(architecture, "silu")
                .or(() -> RotarySettings.missingForScaling(architecture));
    }

    @Override
    public List<String> attention() {
        return List.of("qkv_proj", "o_proj");
    }

    @Override
    public List<String> queryAndValue() {
        return List.of("qkv_proj");
    }

    @Override
    public List<String> mlp() {
        return List.of("gate_up_proj", "down_proj");
    }
}
