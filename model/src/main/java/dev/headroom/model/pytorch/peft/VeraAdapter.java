package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Vera;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Adapter;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * {@code result + lambda_b * (lambda_d * (dropout(x) @ A.T) @ B.T)} with slices of matrices that all layers share.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/vera/layer.py}, {@code Linear.forward}.
 */
final class VeraAdapter implements Adapter {
    static final String OUTPUT_SCALES = "vera_lambda_b";
    static final String INNER_SCALES = "vera_lambda_d";

    private final Aten aten;
    private final boolean dropout;
    private final AdapterWeights weights;
    private final Tensor sharedDown;
    private final Tensor sharedUp;

    /**
     * @param sharedDown A, shape [rank, the most inputs of any target]
     * @param sharedUp B, shape [the most outputs of any target, rank]
     */
    VeraAdapter(Aten aten, Vera method, AdapterWeights weights, Tensor sharedDown, Tensor sharedUp) {
        this.aten = aten;
        this.dropout = method.dropout() > 0;
        this.weights = weights;
        this.sharedDown = sharedDown;
        this.sharedUp = sharedUp;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            DType resultType = result.dtype();
            long rank = weights.get(INNER_SCALES).shape().elements();
            Tensor down = frame.let(aten.slice(sharedDown, Shape.of(rank, layer.inputs())));
            Tensor up = frame.let(aten.slice(sharedUp, Shape.of(layer.outputs(), rank)));
            Tensor x = frame.let(aten.to(input, weights.get(INNER_SCALES).dtype()));
            result = frame.replace(result, aten.add(result, delta(layer, x, down, up)));
            result = frame.replace(result, aten.to(result, resultType));
            result = frame.replace(result, aten.to(result, input.dtype()));
            return frame.returning(result);
        }
    }

    private Tensor delta(LinearLayer layer, Tensor x, Tensor down, Tensor up) {
        Tensor dropped = dropout ? aten.inModule(layer.path() + ".vera_dropout.default", x, aten::dropout) : x;
        Tensor inner = aten.multiply(weights.get(INNER_SCALES), aten.linear(dropped, down, null));
        return aten.multiply(weights.get(OUTPUT_SCALES), aten.linear(inner, up, null));
    }
}
