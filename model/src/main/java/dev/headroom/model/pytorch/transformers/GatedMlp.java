package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
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

    GatedMlp(
            Aten aten,
            String path,
            UnaryOperator<Tensor> activation,
            LinearLayer gate,
            LinearLayer up,
            LinearLayer down) {
        this.aten = aten;
        this.path = path;
        this.activation = activation;
        this.gate = gate;
        this.up = up;
        this.down = down;
    }

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            Tensor activated = aten.inModule(path + ".act_fn", gate.forward(input), activation);
            return down.forward(aten.multiply(activated, up.forward(input)));
        });
    }
}
