package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;

/**
 * The two low-rank matrices beside a frozen layer.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/layer.py}, {@code Linear.forward}.
 */
final class LoraAdapter {
    private final Aten aten;
    private final String path;
    private final boolean dropout;
    private Tensor down;
    private Tensor up;

    /**
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

    /** {@code lora_B(lora_A(dropout(x))) * scaling}. */
    Tensor forward(Tensor x) {
        Tensor dropped = dropout ? aten.inModule(path + ".lora_dropout.default", x, aten::dropout) : x;
        Tensor inner = aten.inModule(path + ".lora_A.default", dropped, argument -> aten.linear(argument, down, null));
        Tensor outer = aten.inModule(path + ".lora_B.default", inner, argument -> aten.linear(argument, up, null));
        return aten.scale(outer);
    }
}
