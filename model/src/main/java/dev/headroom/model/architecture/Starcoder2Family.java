package dev.headroom.model.architecture;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * StarCoder2: rotary positions, layer norms and linear layers with a bias, an MLP without a gate, dropout in every place.
 *
 * <p>Source: transformers 5.17, {@code modeling_starcoder2.py}: the constructors; {@code configuration_starcoder2.py}:
 * defaults.
 */
final class Starcoder2Family implements Family {
    @Override
    public List<WeightedModule> modules(Architecture architecture) {
        return LlamaModules.decoder(architecture, true, Starcoder2Family::addLayer);
    }

    private static void addLayer(List<WeightedModule> modules, String path, Architecture architecture) {
        long hidden = architecture.hiddenSize();
        boolean bias = architecture.flag("use_bias", true);
        LlamaModules.addProjections(modules, path + ".self_attn", architecture, bias, bias);
        modules.add(WeightedModule.linear(path + ".mlp.c_fc", hidden, architecture.intermediateSize(), bias));
        modules.add(WeightedModule.linear(path + ".mlp.c_proj", architecture.intermediateSize(), hidden, bias));
        modules.add(WeightedModule.norm(path + ".input_layernorm", hidden, true));
        modules.add(WeightedModule.norm(path + ".post_attention_layernorm", hidden, true));
    }

    @Override
    public Set<String> settings() {
        Set<String> keys = new HashSet<>(RotarySettings.KEYS);
        keys.addAll(List.of("use_bias", "hidden_act", "attention_dropout", "residual_dropout", "embedding_dropout"));
        return keys;
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return UnknownSettings.activationOtherThan(architecture, "gelu_pytorch_tanh")
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
        return List.of("c_fc", "mlp.c_proj");
    }
}
