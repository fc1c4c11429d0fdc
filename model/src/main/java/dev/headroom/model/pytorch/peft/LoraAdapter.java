package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Adapter;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;

/**
 * The two low-rank matrices beside a frozen layer: {@code result + lora_B(lora_A(dropout(x))) * scaling}. The input is
 * first cast to the adapter's type: each adapted layer makes, and keeps, a copy of its own.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/layer.py}, {@code Linear.forward}.
 */
final class LoraAdapter implements Adapter {
    private final Aten aten;
    private final String path;
    private final boolean dropout;
    private Tensor down;
    private Tensor up;

    /**
     * @param path name of the adapted module
     * @param down A, shape [rank, inputs]
     * @param up B, shape [outputs, rank]
     * @param dropout whether the dropout probability is above 0
     */
    LoraAdapter(Aten aten, String path, Tensor down, Tensor up, boolean dropout) {
        this.aten = aten;
        this.path = path;
        this.down = down;
        this.up = up;
        this.dropout = dropout;
    }

    String path() {
        return path;
    }

    Tensor down() {
        return down;
    }

    Tensor up() {
        return up;
    }

    void setDown(Tensor weight) {
        down = weight;
    }

    void setUp(Tensor weight) {
        up = weight;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            DType resultType = result.dtype();
            Tensor x = frame.let(aten.to(input, down.dtype()));
            result = frame.replace(result, aten.add(result, delta(x)));
            result = frame.replace(result, aten.to(result, resultType));
            return frame.returning(result);
        }
    }

    private Tensor delta(Tensor x) {
        Tensor dropped = dropout ? aten.inModule(path + ".lora_dropout.default", x, aten::dropout) : x;
        Tensor inner = aten.inModule(path + ".lora_A.default", dropped, argument -> aten.linear(argument, down, null));
        Tensor outer = aten.inModule(path + ".lora_B.default", inner, argument -> aten.linear(argument, up, null));
        return aten.scale(outer);
    }
}
