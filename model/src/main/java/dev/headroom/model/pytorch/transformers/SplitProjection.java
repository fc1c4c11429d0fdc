package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * One projection, whose result is split into queries, keys and values of the same size. Source: transformers 5.17,
 * {@code modeling_gpt2.py}, GPT2Attention.
 *
 * @param fused whether one kernel attends, so that it makes the gradients of keys, and no product does
 */
record SplitProjection(Aten aten, AttentionHeads heads, LinearLayer projection, boolean fused)
        implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor[] parts = aten.chunks(projection.forward(hidden), 3);
        Tensor q = frame.let(parts[0]);
        Tensor k = frame.let(parts[1]);
        Tensor v = frame.let(parts[2]);
        Tensor key = frame.replace(k, fused ? split(k) : aten.transposeHeadsOfKeys(byHead(k)));
        Tensor value = frame.replace(v, split(v));
        return new Heads(frame.replace(q, split(q)), key, value);
    }

    private Tensor split(Tensor x) {
        return aten.transposeHeads(byHead(x));
    }

    private Tensor byHead(Tensor x) {
        Shape split = Shape.of(
                x.shape().dimension(0), x.shape().dimension(1), Extent.of(heads.query()), Extent.of(heads.dimension()));
        return aten.view(x, split);
    }
}
