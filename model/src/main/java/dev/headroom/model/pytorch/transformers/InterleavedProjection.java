package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * One projection whose result has query, key and value of each head side by side: {@code
 * x.view(b, s, heads, 3 * dimension).transpose(1, 2).chunk(3, -1)}. Source: transformers 5.17, {@code modeling_gpt_neox.py},
 * GPTNeoXAttention.
 */
record InterleavedProjection(Aten aten, AttentionHeads heads, LinearLayer projection) implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor flat = projection.forward(hidden);
        Shape split = Shape.of(
                flat.shape().dimension(0),
                flat.shape().dimension(1),
                Extent.of(heads.query()),
                Extent.of(3 * heads.dimension()));
        Tensor fused = frame.let(aten.transposeHeads(aten.view(flat, split)));
        Tensor[] parts = aten.chunks(fused, 3);
        return new Heads(frame.let(parts[0]), frame.let(parts[1]), frame.let(parts[2]));
    }
}
