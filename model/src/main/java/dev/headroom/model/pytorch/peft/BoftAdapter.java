package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Boft;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.BlockMatrices;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Optional;

/**
 * Rotates a layer's inputs by a matrix of their size, which blocks are put on the diagonal of, and scales its outputs. Blocks
 * are Cayley transforms of skew-symmetric ones. The permutation between butterfly factors is a matrix as well, kept in float32
 * even if there is one factor only, and it changes nothing then.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/boft/layer.py}, {@code Linear.forward}, {@code cayley_batch}, without the CUDA
 * extension, which does not build with PyTorch 2.11; PEFT then sets {@code boft_n_butterfly_factor} to 1.
 */
final class BoftAdapter implements TrainedAdapter {
    private static final String ROTATION = "boft_R";
    private static final String SCALE = "boft_s";

    private final Aten aten;
    private final Autograd autograd;
    private final LinearAlgebra algebra;
    private final BlockMatrices blockMatrices;
    private final AdapterWeights weights;
    private final Shape blocks;
    private final Shape whole;
    private final Tensor permutation;
    private final Frame updating;

    BoftAdapter(Aten aten, Boft method, LinearLayer layer) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.algebra = new LinearAlgebra(aten);
        this.blockMatrices = new BlockMatrices(aten);
        long inputs = layer.inputs();
        long side = method.blockSize();
        this.blocks = Shape.of(inputs / side, side, side);
        this.whole = Shape.of(1, inputs, inputs);
        this.permutation = algebra.buffer(whole, DType.FLOAT32);
        // The permutation and its matrix are names until the layer is made.
        this.updating = autograd.frame();
        updating.let(autograd.allocate(Shape.of(inputs), DType.INT64, "aten::arange"));
        updating.let(autograd.allocate(Shape.of(inputs, inputs), DType.FLOAT32, "aten::zeros"));
        this.weights = new AdapterWeights(autograd, layer.path())
                .make(ROTATION, blocks)
                .make(SCALE, Shape.of(layer.outputs(), 1));
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public void initialise() {
        updating.close();
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        DType type = input.dtype();
        try (Frame frame = autograd.frame()) {
            Tensor rotation = frame.let(algebra.identity(layer.inputs(), type));
            Tensor scale = frame.let(autograd.allocate(Shape.of(layer.outputs(), 1), type, "aten::ones"));
            Tensor orthogonal = frame.let(orthogonal());
            Tensor diagonal = frame.let(aten.view(blockMatrices.onDiagonal(orthogonal), whole));
            Tensor butterfly = frame.let(aten.to(permutation, type));
            diagonal = frame.replace(diagonal, aten.to(diagonal, type));
            Tensor product = frame.let(algebra.batchedProduct(diagonal, aten.transpose(butterfly)));
            product = frame.replace(product, algebra.batchedProduct(butterfly, product));
            Tensor first = frame.let(blockMatrices.onlyMatrix(product));
            rotation = frame.replace(rotation, algebra.product(first, rotation));
            scale = frame.replace(scale, aten.multiply(weights.get(SCALE), scale));
            rotation = frame.replace(rotation, aten.to(rotation, type));
            Tensor rotated = frame.let(algebra.product(input, rotation));
            Tensor result = frame.let(layer.base(rotated));
            Optional<Tensor> bias = layer.bias();
            if (bias.isPresent()) {
                result = frame.replace(result, algebra.subtract(result, bias.get()));
            }
            Tensor scales = aten.view(scale, Shape.of(Extent.of(layer.outputs())));
            result = frame.replace(result, aten.multiply(result, scales));
            if (bias.isPresent()) {
                result = frame.replace(result, aten.add(result, bias.get()));
            }
            result = frame.replace(result, aten.to(result, type));
            return frame.returning(result);
        }
    }

    /** {@code solve(I + Q, I - Q, left=False)} of the skew-symmetric Q. */
    private Tensor orthogonal() {
        try (Frame frame = autograd.frame()) {
            Tensor data = frame.let(aten.view(weights.get(ROTATION), blocks));
            Tensor skew = frame.let(aten.scale(algebra.subtract(data, aten.transpose(data))));
            Tensor identity = frame.let(algebra.identity(blocks.dimension(-1).value(), DType.FLOAT32));
            Tensor sum = aten.add(identity, skew);
            return blockMatrices.solve(sum, algebra.subtract(identity, skew));
        }
    }
}
