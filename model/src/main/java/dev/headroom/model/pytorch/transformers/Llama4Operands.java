package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Queries and keys that are turned and normed before heads come first, or else queries that are scaled by their position.
 * Source: transformers 5.17, {@code modeling_llama4.py}, Llama4TextAttention.
 *
 * @param positions how they are turned, if they are
 * @param norm how turned ones are normed, if they are
 * @param tempered whether queries are scaled that are not turned
 */
record Llama4Operands(
        Aten aten,
        AttentionHeads heads,
        LinearLayer query,
        LinearLayer key,
        LinearLayer value,
        @Nullable PositionScheme positions,
        @Nullable Llama4Norm norm,
        boolean tempered)
        implements AttentionOperands {
    /** Operations that make scales of positions, one tensor after the other. */
    private static final String[] SCALING = {
        "aten::to", "aten::add", "aten::div", "aten::floor", "aten::log1p", "aten::mul", "aten::add"
    };

    @Override
    public AttentionInputs.Heads of(
            Tensor hidden, PositionScheme.@Nullable Angles angles, KeyValueCache cache, Frame frame) {
        Tensor q = frame.let(split(query.forward(hidden), heads.query()));
        Tensor k = frame.let(split(key.forward(hidden), heads.keyValue()));
        Tensor v = frame.let(aten.transposeHeads(split(value.forward(hidden), heads.keyValue())));
        PositionScheme scheme = positions;
        if (scheme != null) {
            PositionScheme.Turned turned = scheme.turn(q, k, angles);
            q = frame.replace(q, turned.query());
            k = frame.replace(k, turned.key());
            Llama4Norm normed = norm;
            if (normed != null) {
                q = frame.replace(q, normed.forward(q));
                k = frame.replace(k, normed.forward(k));
            }
        } else if (tempered) {
            Tensor scales = scales(q.shape().dimension(1), frame);
            q = frame.replace(q, aten.to(aten.multiply(q, scales), q.dtype()));
        }
        q = frame.replace(q, aten.transposeHeads(q));
        k = frame.replace(k, aten.transposeHeads(k));
        KeyValueCache.Entry entry = cache.update(k, v);
        return new AttentionInputs.Heads(q, frame.replace(k, entry.keys()), frame.replace(v, entry.values()));
    }

    private Tensor split(Tensor x, long count) {
        return aten.view(
                x,
                Shape.of(
                        x.shape().dimension(0),
                        x.shape().dimension(1),
                        Extent.of(count),
                        Extent.of(heads.dimension())));
    }

    /** {@code log1p(floor((positions.float() + 1) / floor_scale)) * attn_scale + 1}. */
    private Tensor scales(Extent sequence, Frame frame) {
        frame.let(PositionNumbers.of(aten.autograd(), sequence));
        Shape shape = Shape.of(Extent.ONE, sequence, Extent.ONE, Extent.ONE);
        @Nullable Tensor last = null;
        for (String operation : SCALING) {
            Tensor next = aten.autograd().allocate(shape, DType.FLOAT32, operation);
            last = last == null ? frame.let(next) : frame.replace(last, next);
        }
        return Objects.requireNonNull(last);
    }
}
