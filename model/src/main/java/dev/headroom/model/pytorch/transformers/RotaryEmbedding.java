package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embeddings. Source: transformers 5.17, {@code modeling_llama.py}, LlamaRotaryEmbedding and
 * {@code apply_rotary_pos_emb}.
 */
final class RotaryEmbedding implements PositionScheme {
    private final Aten aten;
    private final long headDimension;
    private final String root;
    private final Rest rest;
    private final Wide wide;

    /** What becomes of the elements of a head that are not turned. */
    private enum Rest {
        /** There are none. */
        NONE,
        /** They are concatenated as part of the expression that turns the others. */
        CONCATENATED,
        /** They are concatenated once queries and keys have both been turned. */
        CONCATENATED_LAST,
        /** They are concatenated by attention itself, which goes on naming the parts. */
        CONCATENATED_IN_ATTENTION
    }

    /** What is in float32 while queries and keys are turned; they are cast back after both have been. */
    private enum Wide {
        NOTHING,
        TABLES,
        QUERIES_AND_KEYS
    }

    private RotaryEmbedding(Aten aten, String root, long headDimension, Rest rest, Wide wide) {
        this.aten = aten;
        this.root = root;
        this.headDimension = headDimension;
        this.rest = rest;
        this.wide = wide;
    }

    RotaryEmbedding(Aten aten, long headDimension) {
        this(aten, "model", headDimension, Rest.NONE, Wide.NOTHING);
    }

    /**
     * Positions on all of each head.
     *
     * @param root path of the module that has them
     */
    static RotaryEmbedding ofAll(Aten aten, String root, long headDimension) {
        return new RotaryEmbedding(aten, root, headDimension, Rest.NONE, Wide.NOTHING);
    }

    /** Positions whose tables stay in float32. Source: transformers 5.17, {@code modeling_olmo2.py}. */
    static RotaryEmbedding withWideTables(Aten aten, long headDimension) {
        return new RotaryEmbedding(aten, "model", headDimension, Rest.NONE, Wide.TABLES);
    }

    /**
     * Positions that turn queries and keys in float32, neighbouring elements together; the pairs are stacked anew, which
     * takes the memory of halves that are concatenated. Source: transformers 5.17, {@code modeling_cohere.py}.
     */
    static RotaryEmbedding ofWideQueriesAndKeys(Aten aten, long headDimension) {
        return new RotaryEmbedding(aten, "model", headDimension, Rest.NONE, Wide.QUERIES_AND_KEYS);
    }

    /**
     * Positions on the first {@code dimension} elements of each head, which concatenate what is not turned to what is, even
     * if nothing is left. Source: transformers 5.17, {@code modeling_phi3.py}, {@code apply_rotary_pos_emb}.
     */
    static RotaryEmbedding passingTheRest(Aten aten, long dimension) {
        return new RotaryEmbedding(aten, "model", dimension, Rest.CONCATENATED, Wide.NOTHING);
    }

    /**
     * Positions on the first {@code dimension} elements of each head. Source: transformers 5.17,
     * {@code modeling_gpt_neox.py}, {@code apply_rotary_pos_emb}.
     *
     * @param root path of the module that has them
     */
    static RotaryEmbedding ofPart(Aten aten, String root, long dimension) {
        return new RotaryEmbedding(aten, root, dimension, Rest.CONCATENATED_LAST, Wide.NOTHING);
    }

    /**
     * Positions on the first {@code dimension} elements of each head, which attention puts apart and together. Source:
     * transformers 5.17, {@code modeling_stablelm.py}, StableLmAttention; {@code modeling_phi.py}, PhiAttention.
     */
    static RotaryEmbedding ofPartNamedByAttention(Aten aten, long dimension) {
        return new RotaryEmbedding(aten, "model", dimension, Rest.CONCATENATED_IN_ATTENTION, Wide.NOTHING);
    }

    @Override
    public Tensor numbers(ModelInput input) {
        return PositionNumbers.of(aten.autograd(), input.sequence());
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        DType type = wide == Wide.TABLES ? DType.FLOAT32 : embeddings.dtype();
        Angles angles = angles(embeddings.shape().dimension(1), type);
        frame.let(angles.cos());
        frame.let(angles.sin());
        return new Entry(frame.let(embeddings), angles);
    }

    /** Computes the angles once a forward pass, in float32 without autocast, then casts them to {@code dtype}. */
    private Angles angles(Extent sequence, DType dtype) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule(root + ".rotary_emb")) {
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

    /** {@code apply_rotary_pos_emb}. */
    @Override
    public Turned turn(Tensor query, Tensor key, @Nullable Angles turnedBy) {
        Angles angles = Objects.requireNonNull(turnedBy);
        if (wide != Wide.NOTHING) {
            return turnedInFloat32(query, key, angles);
        }
        if (rest == Rest.NONE) {
            return new Turned(turned(query, angles), turned(key, angles));
        }
        try (Frame frame = aten.autograd().frame()) {
            Tensor queryToTurn = frame.let(first(query));
            Tensor restOfQuery = frame.let(remainder(query));
            Tensor keyToTurn = frame.let(first(key));
            Tensor restOfKey = frame.let(remainder(key));
            Tensor q = frame.let(turned(queryToTurn, angles));
            if (rest == Rest.CONCATENATED) {
                q = frame.replace(q, aten.concatenate(q, restOfQuery));
            }
            Tensor k = frame.let(turned(keyToTurn, angles));
            if (rest == Rest.CONCATENATED_LAST) {
                q = frame.replace(q, aten.concatenate(q, restOfQuery));
            }
            if (rest == Rest.CONCATENATED_IN_ATTENTION) {
                Tensor wholeQuery = frame.let(aten.concatenate(q, restOfQuery));
                Tensor wholeKey = frame.let(aten.concatenate(k, restOfKey));
                List<Tensor> parts = Stream.of(q, restOfQuery, k, restOfKey)
                        .map(frame::returning)
                        .toList();
                return new Turned(frame.returning(wholeQuery), frame.returning(wholeKey), parts);
            }
            k = frame.replace(k, aten.concatenate(k, restOfKey));
            return new Turned(frame.returning(q), frame.returning(k));
        }
    }

    private Turned turnedInFloat32(Tensor query, Tensor key, Angles angles) {
        boolean widens = wide == Wide.QUERIES_AND_KEYS;
        try (Frame frame = aten.autograd().frame()) {
            Tensor q = frame.let(widens ? aten.to(query, DType.FLOAT32) : query);
            Tensor k = frame.let(widens ? aten.to(key, DType.FLOAT32) : key);
            Tensor turnedQuery = frame.let(turned(q, angles));
            Tensor turnedKey = frame.let(turned(k, angles));
            return new Turned(castBack(frame, turnedQuery, query.dtype()), castBack(frame, turnedKey, key.dtype()));
        }
    }

    private Tensor castBack(Frame frame, Tensor x, DType type) {
        return x.dtype() == type ? frame.returning(x) : aten.to(x, type);
    }

    private Tensor first(Tensor x) {
        Extent turned = Extent.of(headDimension);
        return x.shape().dimension(-1).value() == headDimension
                ? aten.sliceAll(x)
                : aten.slice(x, x.shape().withLast(turned));
    }

    private Tensor remainder(Tensor x) {
        return aten.slice(x, x.shape().withLast(x.shape().dimension(-1).minus(Extent.of(headDimension))));
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
