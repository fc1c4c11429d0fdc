package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import java.util.List;

/**
 * (IA)³: a trainable vector scales the outputs of keys and values and the inputs of the MLP's last layer.
 *
 * @see <a href="https://arxiv.org/abs/2205.05638">Liu et al., 2022, (IA)³</a>
 */
public record Ia3() implements Method {
    /** Modules that make keys and values, fused ones included, by the names that architectures give them. */
    private static final List<String> KEYS_AND_VALUES =
            List.of("k_proj", "v_proj", "qkv_proj", "c_attn", "query_key_value");

    /** The last layer of the MLP, by its names. */
    private static final List<String> FEEDFORWARD = List.of("down_proj", "mlp.c_proj", "dense_4h_to_h", "fc2");

    @Override
    public String name() {
        return "ia3";
    }

    /** The modules of a model that are adapted, in the order of their construction. */
    public List<WeightedModule> modules(Architecture architecture) {
        return architecture.modules().stream()
                .filter(module ->
                        module.isLinear() && (isNamed(module.path(), KEYS_AND_VALUES) || scalesInputs(module.path())))
                .toList();
    }

    /** Whether a module's inputs are scaled instead of its outputs. */
    public boolean scalesInputs(String path) {
        return isNamed(path, FEEDFORWARD);
    }

    private static boolean isNamed(String path, List<String> names) {
        return names.stream().anyMatch(name -> path.endsWith("." + name));
    }
}
