package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;

/**
 * {@code gate, up = gate_up(x).chunk(2); down(up * silu(gate))}. Source: transformers 5.17, {@code modeling_phi3.py},
 * Phi3MLP.
 */
record FusedGatedMlp(Aten aten, String path, LinearLayer gateAndUp, LinearLayer down) implements Mlp {
    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor[] halves = aten.chunks(gateAndUp.forward(input), 2);
                Tensor gate = frame.let(halves[0]);
                Tensor up = frame.let(halves[1]);
                Tensor activated = aten.inModule(path + ".activation_fn", gate, aten::silu);
                up = frame.replace(up, aten.multiply(up, activated));
                return down.forward(up);
            }
        });
    }
}
