package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * One projection, of whose result queries, keys and values are slices: whatever saves one of them keeps all. Source:
 * transformers 5.17, {@code modeling_phi3.py}, Phi3Attention.
 */
record FusedProjection(Aten aten, AttentionHeads heads, LinearLayer projection) implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor fused = frame.let(projection.forward(hidden));
        Tensor q = frame.let(slice(fused, heads.query()));
        Tensor k = frame.let(slice(fused, heads.keyValue()));
        Tensor v = frame.let(slice(fused, heads.keyValue()));
        return new Heads(
                frame.replace(q, split(q, heads.query())),
                frame.replace(k, split(k, heads.keyValue())),
                frame.replace(v, split(v, heads.keyValue())));
    }

    private Tensor slice(Tensor fused, long count) {
        return aten.slice(fused, fused.shape().withLast(Extent.of(count * heads.dimension())));
    }

    private Tensor split(Tensor x, long count) {
        Shape split = Shape.of(
                x.shape().dimension(0), x.shape().dimension(1), Extent.of(count), Extent.of(heads.dimension()));
        return aten.transposeHeads(aten.view(x, split));
    }
}
