package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * One projection, whose result is split into queries and a single head of keys and of values. Source: transformers 5.17,
 * {@code modeling_gpt_bigcode.py}, GPTBigCodeAttention with {@code multi_query}.
 */
record MultiQueryProjection(Aten aten, AttentionHeads heads, LinearLayer projection) implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor fused = projection.forward(hidden);
        Shape rows = fused.shape();
        Tensor unsqueezed =
                aten.view(fused, Shape.of(rows.dimension(0), Extent.ONE, rows.dimension(1), rows.dimension(2)));
        long size = heads.dimension();
        Tensor[] parts = aten.splitLast(unsqueezed, heads.query() * size, size, size);
        Tensor q = frame.let(parts[0]);
        Tensor k = frame.let(parts[1]);
        Tensor v = frame.let(parts[2]);
        Shape byHead = Shape.of(rows.dimension(0), rows.dimension(1), Extent.of(heads.query()), Extent.of(size));
        return new Heads(frame.replace(q, aten.transposeHeads(aten.view(q, byHead))), k, v);
    }
}
