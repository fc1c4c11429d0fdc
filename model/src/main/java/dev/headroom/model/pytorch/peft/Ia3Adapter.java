package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * A vector that scales a layer's outputs, or its inputs. What is scaled is saved for the vector's gradient.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/ia3/layer.py}, {@code Linear.forward}.
 */
final class Ia3Adapter implements TrainedAdapter {
    private static final String VECTOR = "ia3_l";

    private final Aten aten;
    private final AdapterWeights weights;
    private final boolean scalesInputs;

    Ia3Adapter(Aten aten, LinearLayer layer, boolean scalesInputs) {
        this.aten = aten;
        this.scalesInputs = scalesInputs;
        Shape shape = scalesInputs ? Shape.of(1, layer.inputs()) : Shape.of(layer.outputs(), 1);
        this.weights = new AdapterWeights(aten.autograd(), layer.path()).make(VECTOR, shape);
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        Tensor vector = weights.get(VECTOR);
        try (Frame frame = aten.autograd().frame()) {
            Shape flat = Shape.of(vector.shape().elements());
            Tensor scaling = frame.let(aten.scale(aten.view(vector, flat)));
            if (scalesInputs) {
                Tensor x = frame.let(aten.to(input, vector.dtype()));
                Tensor scaled = frame.let(aten.to(aten.multiply(x, scaling), input.dtype()));
                return layer.base(scaled);
            }
            Tensor result = frame.let(layer.base(input));
            DType resultType = result.dtype();
            return aten.to(aten.multiply(result, scaling), resultType);
        }
    }
}
