package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Adalora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * An update by singular values: {@code result += (dropout(x) @ (A * E).T @ B.T) * scaling / (ranknum + 1e-5)}.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/adalora/layer.py}, {@code SVDLinear.forward}. The rank is a parameter that is
 * meant to be frozen; the cast of a 16-bit base makes a new one of it, which trains.
 */
final class AdaloraAdapter implements TrainedAdapter {
    private static final String DOWN = "lora_A";
    private static final String VALUES = "lora_E";
    private static final String UP = "lora_B";
    private static final String RANK = "ranknum";

    private final Aten aten;
    private final LinearAlgebra algebra;
    private final AdapterWeights weights;
    private final String path;
    private final boolean dropout;
    private final boolean rankTrains;

    AdaloraAdapter(Aten aten, Adalora method, LinearLayer layer) {
        this.aten = aten;
        this.algebra = new LinearAlgebra(aten);
        this.path = layer.path();
        this.dropout = method.dropout() > 0;
        this.rankTrains = layer.weight().dtype() != DType.FLOAT32;
        this.weights = new AdapterWeights(aten.autograd(), path)
                .make(DOWN, Shape.of(method.initialRank(), layer.inputs()))
                .make(VALUES, Shape.of(method.initialRank(), 1))
                .make(UP, Shape.of(layer.outputs(), method.initialRank()))
                .make(RANK, Shape.of(1))
                .inOrder(DOWN, UP, VALUES, RANK);
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public List<Tensor> train() {
        return rankTrains ? weights.train() : weights.trainAllBut(RANK);
    }

    /** The matrices that the penalty keeps orthogonal. */
    List<Tensor> factors() {
        return List.of(weights.get(DOWN), weights.get(UP));
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            Tensor rank = frame.let(aten.addNumber(weights.get(RANK)));
            Tensor x = frame.let(aten.to(input, weights.get(DOWN).dtype()));
            Tensor update = update(x, rank);
            Tensor sum = layer.bias().isPresent()
                    ? algebra.addInPlaceToView(result, update)
                    : algebra.addInPlace(result, update, false);
            result = frame.replace(result, sum);
            return frame.returning(result);
        }
    }

    private Tensor update(Tensor x, Tensor rank) {
        Tensor dropped = dropout ? aten.inModule(path + ".lora_dropout.default", x, aten::dropout) : x;
        Tensor scaledDown = aten.transpose(aten.multiply(weights.get(DOWN), weights.get(VALUES)));
        Tensor inner = algebra.product(dropped, scaledDown);
        Tensor outer = algebra.product(inner, aten.transpose(weights.get(UP)));
        return algebra.divide(aten.scale(outer), rank);
    }
}
