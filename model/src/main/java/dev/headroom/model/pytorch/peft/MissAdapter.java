package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Miss;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * {@code result + sum(x.reshape(b, s, inputs / r, r), dim=-2) @ miss}.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/miss/layer.py}, {@code MissLinear.forward}, with {@code init_weights=True}.
 */
final class MissAdapter implements TrainedAdapter {
    private static final String BLOCK = "miss_block";

    private final Aten aten;
    private final AdapterWeights weights;
    private final long rank;

    MissAdapter(Aten aten, Miss method, LinearLayer layer) {
        this.aten = aten;
        this.rank = method.rank();
        this.weights = new AdapterWeights(aten.autograd(), layer.path())
                .make(BLOCK, Shape.of(method.rank(), layer.outputs()))
                .makeAgain(BLOCK);
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        DType type = input.dtype();
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            Tensor block = weights.get(BLOCK);
            Tensor x = frame.let(aten.to(input, block.dtype()));
            Extent batch = x.shape().dimension(0);
            Extent sequence = x.shape().dimension(1);
            Tensor shards = aten.view(x, Shape.of(batch, sequence, Extent.of(layer.inputs() / rank), Extent.of(rank)));
            Tensor sum = aten.sum(shards, Shape.of(batch, sequence, Extent.of(rank)));
            result = frame.replace(result, aten.add(result, new LinearAlgebra(aten).product(sum, block)));
            result = frame.replace(result, aten.to(result, type));
            return frame.returning(result);
        }
    }
}
