package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Rotary position embeddings. Source: transformers 5.17, {@code modeling_llama.py}, LlamaRotaryEmbedding and
 * {@code apply_rotary_pos_emb}.
 */
final class RotaryEmbedding {
    private final Aten aten;
    private final long headDimension;
    private final boolean passesTheRest;

    RotaryEmbedding(Aten aten, long headDimension) {
        this(aten, headDimension, false);
    }

    private RotaryEmbedding(Aten aten, long headDimension, boolean passesTheRest) {
        this.aten = aten;
        this.headDimension = headDimension;
        this.passesTheRest = passesTheRest;
    }

    /**
     * Positions that concatenate what is not turned to what is, even if nothing is left. Source: transformers 5.17,
     * {@code modeling_phi3.py}, {@code apply_rotary_pos_emb}.
     */
    static RotaryEmbedding passingTheRest(Aten aten, long headDimension) {
        return new RotaryEmbedding(aten, headDimension, true);
    }

    /** Cosines and sines of every position, each of shape [1, s, head dimension]. */
    record Angles(Tensor cos, Tensor sin) {}

    /** Computes the angles once a forward pass, in float32 without autocast, then casts them to {@code dtype}. */
    Angles angles(Extent sequence, DType dtype) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule("model.rotary_emb")) {
            Shape table = Shape.of(Extent.ONE, sequence, Extent.of(headDimension));
            frame.let(autograd.allocate(Shape.of(Extent.ONE, Extent.ONE, sequence), DType.FLOAT32, "aten::to"));
            frame.let(aten.plainProduct(Shape.of(Extent.ONE, Extent.of(headDimension / 2), sequence), DType.FLOAT32));
            frame.let(autograd.allocate(table, DType.FLOAT32, "aten::cat"));
            Tensor cos = frame.let(scaled(table, "aten::cos"));
            Tensor sin = frame.let(scaled(table, "aten::sin"));
            Tensor castCos = cast(frame, cos, dtype);
            Tensor castSin = cast(frame, sin, dtype);
            return new Angles(castCos, castSin);
        }
    }

    private Tensor scaled(Shape table, String operation) {
        Autograd autograd = aten.autograd();
        Tensor raw = autograd.allocate(table, DType.FLOAT32, operation);
        Tensor result = autograd.allocate(table, DType.FLOAT32, "aten::mul");
        autograd.useUp(raw);
        return result;
    }

    private Tensor cast(Frame frame, Tensor table, DType dtype) {
        return table.dtype() == dtype
                ? frame.returning(table)
                : aten.autograd().allocate(table.shape(), dtype, "aten::to");
    }

    /** Queries and keys after {@code apply_rotary_pos_emb}. */
    record Turned(Tensor query, Tensor key) {}

    /** Turns queries and keys of shape [b, heads, s, head dimension]. */
    Turned turn(Tensor query, Tensor key, Angles angles) {
        if (!passesTheRest) {
            return new Turned(turned(query, angles), turned(key, angles));
        }
        try (Frame frame = aten.autograd().frame()) {
            Tensor queryToTurn = frame.let(aten.sliceAll(query));
            Tensor restOfQuery = frame.let(aten.slice(query, query.shape().withLast(Extent.of(0))));
            Tensor keyToTurn = frame.let(aten.sliceAll(key));
            Tensor restOfKey = frame.let(aten.slice(key, key.shape().withLast(Extent.of(0))));
            return new Turned(
                    frame.returning(frame.let(aten.concatenate(turned(queryToTurn, angles), restOfQuery))),
                    frame.returning(frame.let(aten.concatenate(turned(keyToTurn, angles), restOfKey))));
        }
    }

    /** {@code x * cos + rotate_half(x) * sin}. */
    private Tensor turned(Tensor x, Angles angles) {
        Tensor direct = aten.multiply(x, angles.cos());
        Tensor turned = aten.multiply(rotateHalf(x), angles.sin());
        return aten.add(direct, turned);
    }

    private Tensor rotateHalf(Tensor x) {
        try (Frame frame = aten.autograd().frame()) {
            Shape half = x.shape().withLast(Extent.of(headDimension / 2));
            Tensor first = frame.let(aten.slice(x, half));
            Tensor second = frame.let(aten.slice(x, half));
            return aten.concatenate(aten.negate(second), first);
        }
    }
}
