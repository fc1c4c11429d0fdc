package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * A projection each for queries, keys and values; queries and keys are normed over all heads at once. Source: transformers
 * 5.17, {@code modeling_olmoe.py}, OlmoeAttention; {@code modeling_olmo2.py}, Olmo2Attention.
 */
record NormedProjections(
        Aten aten,
        AttentionHeads heads,
        LinearLayer query,
        RmsNorm queryNorm,
        LinearLayer key,
        RmsNorm keyNorm,
        LinearLayer value)
        implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor q = frame.let(queryNorm.forward(query.forward(hidden)));
        Tensor k = frame.let(keyNorm.forward(key.forward(hidden)));
        Tensor v = frame.let(value.forward(hidden));
        q = frame.replace(q, split(q, heads.query()));
        k = frame.replace(k, split(k, heads.keyValue()));
        v = frame.replace(v, split(v, heads.keyValue()));
        return new Heads(q, k, v);
    }

    /** {@code x.view(b, s, heads, dimension).transpose(1, 2)}. */
    private Tensor split(Tensor x, long count) {
        Shape split = Shape.of(
                x.shape().dimension(0), x.shape().dimension(1), Extent.of(count), Extent.of(heads.dimension()));
        return aten.transposeHeads(aten.view(x, split));
    }
}
