package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.FalconForm;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * One projection, of whose result queries are a slice, and keys and values are copies or slices. Source: transformers 5.17,
 * {@code modeling_falcon.py}, {@code FalconAttention._split_heads}.
 *
 * @param form how heads lie in the result
 */
record FalconProjection(Aten aten, AttentionHeads heads, FalconForm.Heads form, LinearLayer projection)
        implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor fused = frame.let(projection.forward(hidden));
        return switch (form) {
            case INTERLEAVED -> interleaved(fused, frame);
            case ONE_KEY -> oneKey(fused, frame);
            case GROUPS -> groups(fused, frame);
        };
    }

    private Shape rows(Tensor fused, long... dimensions) {
        Extent[] extents = new Extent[2 + dimensions.length];
        extents[0] = fused.shape().dimension(0);
        extents[1] = fused.shape().dimension(1);
        for (int i = 0; i < dimensions.length; i++) {
            extents[2 + i] = Extent.of(dimensions[i]);
        }
        return Shape.of(extents);
    }

    /** {@code x[..., 0, :]} and so on: slices whose gradients are zero-filled. */
    private Heads interleaved(Tensor fused, Frame frame) {
        Shape byHead = rows(fused, heads.query(), heads.dimension());
        Tensor split = frame.let(aten.view(fused, rows(fused, heads.query(), 3, heads.dimension())));
        Tensor query = frame.let(aten.slice(split, byHead));
        Tensor key = frame.let(aten.slice(split, byHead));
        Tensor value = frame.let(aten.slice(split, byHead));
        frame.drop(split);
        return transposed(query, key, value, frame);
    }

    /** {@code x[..., :-2, :]}, {@code x[..., [-2], :]} and {@code x[..., [-1], :]}. */
    private Heads oneKey(Tensor fused, Frame frame) {
        Extent all = Extent.of(heads.query() + 2);
        Tensor split = frame.let(aten.view(fused, rows(fused, heads.query() + 2, heads.dimension())));
        Tensor query = frame.let(aten.slice(split, rows(fused, heads.query(), heads.dimension())));
        Shape single = rows(fused, 1, heads.dimension());
        Tensor key = frame.let(new Indexing(aten).one(split, single, all));
        Tensor value = frame.let(new Indexing(aten).one(split, single, all));
        frame.drop(split);
        return transposed(query, key, value, frame);
    }

    /** {@code x[:, :, :, :-2]}, and one key and one value of each group, repeated for its queries. */
    private Heads groups(Tensor fused, Frame frame) {
        long groups = heads.keyValue();
        long size = heads.groupSize();
        Extent all = Extent.of(size + 2);
        try (Frame split = aten.autograd().frame()) {
            Tensor whole = split.let(aten.view(fused, rows(fused, groups, size + 2, heads.dimension())));
            Shape grouped = rows(fused, groups, size, heads.dimension());
            Shape single = rows(fused, groups, 1, heads.dimension());
            Tensor query = split.let(aten.slice(whole, grouped));
            Tensor key = split.let(new Indexing(aten).one(whole, single, all));
            Tensor value = split.let(new Indexing(aten).one(whole, single, all));
            key = split.replace(key, aten.expand(key, grouped));
            value = split.replace(value, aten.expand(value, grouped));
            Shape flat = rows(fused, heads.query(), heads.dimension());
            Tensor flatQuery = frame.let(aten.copy(query, flat));
            Tensor flatKey = frame.let(aten.copy(key, flat));
            Tensor flatValue = frame.let(aten.copy(value, flat));
            return transposed(flatQuery, flatKey, flatValue, frame);
        }
    }

    private Heads transposed(Tensor query, Tensor key, Tensor value, Frame frame) {
        return new Heads(
                frame.replace(query, aten.transposeHeads(query)),
                frame.replace(key, aten.transposeHeads(key)),
                frame.replace(value, aten.transposeHeads(value)));
    }
}
