package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Oft;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * Rotates a layer's inputs block by block. The rotations are made of skew-symmetric matrices Q by a Neumann series of five
 * terms, {@code I + 2Q + 2Q² + 2Q³ + Q⁴}.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/oft/layer.py}, {@code OFTRotationModule}, {@code Linear.forward}, with
 * {@code use_cayley_neumann=True}, {@code coft=False}, {@code block_share=False}.
 */
final class OftAdapter implements TrainedAdapter {
    private static final String ROTATION = "oft_R";

    private final Aten aten;
    private final LinearAlgebra algebra;
    private final AdapterWeights weights;
    private final String path;
    private final long blocks;
    private final long side;
    private final Tensor indices;

    OftAdapter(Aten aten, Oft method, LinearLayer layer) {
        this.aten = aten;
        this.algebra = new LinearAlgebra(aten);
        this.path = layer.path();
        this.side = nearestDivisor(layer.inputs(), method.blockSize());
        this.blocks = layer.inputs() / side;
        long entries = side * (side - 1) / 2;
        this.weights = new AdapterWeights(aten.autograd(), path).make(ROTATION, Shape.of(blocks, entries));
        this.indices = algebra.buffer(Shape.of(2, entries), DType.INT64);
    }

    /** The divisor of a layer's inputs that is nearest to the wanted block size, the smaller one of two. */
    static long nearestDivisor(long inputs, long wanted) {
        if (wanted >= inputs) {
            return inputs;
        }
        long higher = wanted;
        while (inputs % higher != 0) {
            higher++;
        }
        long lower = wanted;
        while (inputs % lower != 0) {
            lower--;
        }
        return wanted - lower <= higher - wanted ? lower : higher;
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor x = frame.let(aten.to(input, weights.get(ROTATION).dtype()));
            x = frame.replace(x, aten.inModule(path + "." + ROTATION + ".default", x, this::rotated));
            return aten.to(layer.base(aten.to(x, input.dtype())), input.dtype());
        }
    }

    private Tensor rotated(Tensor x) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor rotation = frame.let(rotation());
            Tensor groups = frame.let(algebra.groupColumns(x, blocks));
            Tensor turned = frame.let(algebra.groupedProduct(groups, rotation));
            Tensor joined = frame.let(algebra.ungroupColumns(turned, x.shape()));
            joined = frame.replace(joined, aten.to(joined, x.dtype()));
            return frame.returning(joined);
        }
    }

    private Tensor rotation() {
        DType type = weights.get(ROTATION).dtype();
        try (Frame frame = aten.autograd().frame()) {
            Tensor skew = frame.let(skewSymmetric());
            Tensor identity = algebra.identity(side, type);
            Tensor sum = frame.let(aten.autograd().allocate(Shape.of(blocks, side, side), type, "aten::repeat"));
            aten.autograd().useUp(identity);
            sum = frame.replace(sum, algebra.addInPlace(sum, skew, true));
            Tensor power = frame.let(algebra.batchedProduct(skew, skew));
            sum = frame.replace(sum, algebra.addInPlace(sum, power, true));
            // Q_squared keeps its name beside Q_power.
            frame.let(power);
            power = frame.replace(power, algebra.batchedProduct(power, skew));
            sum = frame.replace(sum, algebra.addInPlace(sum, power, true));
            power = frame.replace(power, algebra.batchedProduct(power, skew));
            sum = frame.replace(sum, algebra.addInPlace(sum, power, false));
            return frame.returning(sum);
        }
    }

    private Tensor skewSymmetric() {
        try (Frame frame = aten.autograd().frame()) {
            Tensor upper = frame.let(algebra.scatter(weights.get(ROTATION), indices, Shape.of(blocks, side, side)));
            return algebra.subtract(upper, aten.transpose(upper));
        }
    }
}
