package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Two linear layers with an activation between them. Source: transformers 5.17, {@code modeling_gpt2.py}, GPT2MLP;
 * {@code activations.py}, NewGELUActivation; {@code modeling_gpt_bigcode.py}, GPTBigCodeMLP.
 *
 * @param activation {@link #newGelu} or another
 * @param drops whether the result is dropped out
 * @param dropout name of the module that does so, unless a function does
 */
record Gpt2Mlp(
        Aten aten,
        String path,
        LinearLayer up,
        LinearLayer down,
        UnaryOperator<Tensor> activation,
        boolean drops,
        Optional<String> dropout)
        implements Mlp {
    /** An MLP whose dropout, if there is any, is a function's. */
    Gpt2Mlp(Aten aten, String path, LinearLayer up, LinearLayer down, UnaryOperator<Tensor> activation, boolean drops) {
        this(aten, path, up, down, activation, drops, Optional.empty());
    }

    @Override
    public Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(up.forward(input));
                hidden = frame.replace(hidden, aten.inModule(path + ".act", hidden, activation));
                hidden = frame.replace(hidden, down.forward(hidden));
                if (drops) {
                    hidden = frame.replace(hidden, aten.dropout(hidden, path, dropout));
                }
                return frame.returning(hidden);
            }
        });
    }

    /** {@code 0.5 * x * (1.0 + tanh(sqrt(2 / pi) * (x + 0.044715 * x.pow(3))))}, operation by operation. */
    static Tensor newGelu(Aten aten, Tensor x) {
        Tensor half = aten.scale(x);
        Tensor inner = aten.scale(aten.add(x, aten.scale(aten.cube(x))));
        return aten.multiply(half, aten.addNumber(aten.tanh(inner)));
    }
}
