package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Hira;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * {@code result + linear(x, weight * (A.T @ B.T).T)}: two matrices as large as the frozen one, which the products save.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/hira/layer.py}, {@code Linear.forward}.
 */
final class HiraAdapter implements TrainedAdapter {
    private static final String DOWN = "hira_A";
    private static final String UP = "hira_B";

    private final Aten aten;
    private final AdapterWeights weights;

    HiraAdapter(Aten aten, Hira method, LinearLayer layer) {
        this.aten = aten;
        this.weights = new AdapterWeights(aten.autograd(), layer.path())
                .make(DOWN, Shape.of(method.rank(), layer.inputs()))
                .make(UP, Shape.of(layer.outputs(), method.rank()));
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            DType resultType = result.dtype();
            Tensor product = frame.let(new LinearAlgebra(aten)
                    .product(aten.transpose(weights.get(DOWN)), aten.transpose(weights.get(UP))));
            Tensor x = frame.let(aten.to(input, weights.get(DOWN).dtype()));
            Tensor factor = frame.let(aten.multiply(layer.weight(), aten.transpose(product)));
            Tensor update = frame.let(aten.linear(x, factor, null));
            frame.drop(factor);
            result = frame.replace(result, aten.add(result, update));
            result = frame.replace(result, aten.to(result, resultType));
            return frame.returning(result);
        }
    }
}
