package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lokr;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Shape;

/**
 * A dense update {@code kron(w1, w2) * scale}, as large as the frozen matrix, which the product with it saves. The second
 * factor is itself of low rank if its sides are large enough.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lokr/layer.py}: {@code update_layer} with {@code decompose_both=False} and
 * {@code decompose_factor=-1}, {@code get_delta_weight}, {@code factorization}.
 */
final class LokrAdapter implements TrainedAdapter {
    private final Aten aten;
    private final LinearAlgebra algebra;
    private final AdapterWeights weights;
    private final boolean lowRank;

    LokrAdapter(Aten aten, Lokr method, LinearLayer layer) {
        this.aten = aten;
        this.algebra = new LinearAlgebra(aten);
        long smallIn = smallerFactor(layer.inputs());
        long smallOut = smallerFactor(layer.outputs());
        long largeIn = layer.inputs() / smallIn;
        long largeOut = layer.outputs() / smallOut;
        this.lowRank = 2L * method.rank() < Math.max(largeOut, largeIn);
        this.weights = new AdapterWeights(aten.autograd(), layer.path()).make("lokr_w1", Shape.of(smallOut, smallIn));
        if (lowRank) {
            weights.make("lokr_w2_a", Shape.of(largeOut, method.rank()))
                    .make("lokr_w2_b", Shape.of(method.rank(), largeIn));
        } else {
            weights.make("lokr_w2", Shape.of(largeOut, largeIn));
        }
    }

    /** The largest divisor that is not above the square root. */
    static long smallerFactor(long dimension) {
        for (long factor = (long) Math.sqrt((double) dimension); factor > 1; factor--) {
            if (dimension % factor == 0) {
                return factor;
            }
        }
        return 1;
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
        try (Frame frame = aten.autograd().frame()) {
            Tensor second = frame.let(
                    lowRank
                            ? algebra.product(weights.get("lokr_w2_a"), weights.get("lokr_w2_b"))
                            : weights.get("lokr_w2"));
            return scaledKronecker(second);
        }
    }

    private Tensor scaledKronecker(Tensor second) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor rebuilt = frame.let(algebra.kronecker(weights.get("lokr_w1"), second));
            return aten.scale(rebuilt);
        }
    }
}
