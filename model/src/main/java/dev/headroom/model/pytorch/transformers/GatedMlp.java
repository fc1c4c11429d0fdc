package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.function.UnaryOperator;

/**
 * {@code down(act(gate(x)) * up(x))}. Source: transformers 5.17, {@code modeling_llama.py}, LlamaMLP;
 * {@code modeling_gemma2.py}, Gemma2MLP.
 */
final class GatedMlp implements Mlp {
    private final Aten aten;
    private final String path;
    private final UnaryOperator<Tensor> activation;
    private final LinearLayer gate;
    private final LinearLayer up;
    private final LinearLayer down;

    /** The MLP of this path, whose matrices are {@code gate_proj}, {@code up_proj} and {@code down_proj}. */
    GatedMlp(Aten aten, String path, UnaryOperator<Tensor> activation, Weights weights) {
        this(aten, path, activation, weights, "gate_proj", "up_proj", "down_proj");
    }

    /** The MLP of this path with matrices of these names. */
    GatedMlp(
            Aten aten,
            String path,
            UnaryOperator<Tensor> activation,
            Weights weights,
            String gate,
            String up,
            String down) {
        this.aten = aten;
        this.path = path;
        this.activation = activation;
        this.gate = weights.linear(path + "." + gate);
        this.up = weights.linear(path + "." + up);
        this.down = weights.linear(path + "." + down);
    }

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            Tensor activated = aten.inModule(path + ".act_fn", gate.forward(input), activation);
            return down.forward(aten.multiply(activated, up.forward(input)));
        });
    }
}
