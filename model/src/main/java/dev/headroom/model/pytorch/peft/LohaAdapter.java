package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Loha;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A dense update {@code ((w1a @ w1b) * (w2a @ w2b)) * scale}, as large as the frozen matrix, which the product with it
 * saves. Its parts are computed again in backward.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/loha/layer.py}, {@code HadaWeight}, {@code Linear._get_delta_activations}.
 */
final class LohaAdapter implements TrainedAdapter {
    private static final List<String> FACTORS = List.of("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b");

    private final Aten aten;
    private final Autograd autograd;
    private final LinearAlgebra algebra;
    private final AdapterWeights weights;
    private final Shape shape;

    LohaAdapter(Aten aten, Loha method, LinearLayer layer) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.algebra = new LinearAlgebra(aten);
        this.shape = Shape.of(layer.outputs(), layer.inputs());
        Shape left = Shape.of(layer.outputs(), method.rank());
        Shape right = Shape.of(method.rank(), layer.inputs());
        this.weights = new AdapterWeights(autograd, layer.path());
        FACTORS.forEach(name -> weights.make(name, name.endsWith("a") ? left : right));
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        return DenseUpdate.add(aten, layer, input, this::delta);
    }

    private Tensor delta() {
        Operation op = autograd.operation(
                "HadaWeightBackward", FACTORS.stream().map(weights::get).toArray(Tensor[]::new));
        FACTORS.forEach(name -> op.saves(weights.get(name)));
        Tensor out = autograd.withGradient(false, () -> {
            Tensor first = algebra.product(weights.get("hada_w1_a"), weights.get("hada_w1_b"));
            Tensor second = algebra.product(weights.get("hada_w2_a"), weights.get("hada_w2_b"));
            return aten.scale(aten.multiply(first, second));
        });
        return op.returns(out, this::gradients);
    }

    private @Nullable Tensor[] gradients(BackwardCall call) {
        DType type = DType.FLOAT32;
        Tensor scaled = call.allocateLike(call.gradient());
        @Nullable Tensor[] gradients = new Tensor[FACTORS.size()];
        Tensor temp = null;
        for (int half = 0; half < 2; half++) {
            Tensor other = LinearAlgebra.productIn(call, aten, shape, type);
            Tensor product = call.allocate(shape, type);
            call.free(other);
            if (temp != null) {
                call.free(temp);
            }
            temp = product;
            for (int side = 0; side < 2; side++) {
                Tensor factor = call.saved(2 * half + side);
                gradients[2 * half + side] = LinearAlgebra.productIn(call, aten, factor.shape(), type);
            }
        }
        if (temp != null) {
            call.free(temp);
        }
        call.free(scaled);
        return gradients;
    }
}
