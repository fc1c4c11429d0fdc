package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions as complex numbers, of which each pair of elements is one; two float32 numbers stand for a complex one
 * here. Source: transformers 5.17, {@code modeling_llama4.py}, Llama4TextRotaryEmbedding and {@code apply_rotary_emb}.
 */
record ComplexRotation(Aten aten, long headDimension) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return PositionNumbers.of(aten.autograd(), input.sequence());
    }

    /** One table has both cosines and sines. */
    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Tensor table = frame.let(table(embeddings.shape().dimension(1)));
        return new Entry(frame.let(embeddings), new Angles(table, table));
    }

    private Tensor table(Extent sequence) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule("model.rotary_emb")) {
            Shape half = Shape.of(Extent.ONE, sequence, Extent.of(headDimension / 2));
            Shape whole = Shape.of(Extent.ONE, sequence, Extent.ONE, Extent.of(headDimension));
            frame.let(autograd.allocate(Shape.of(Extent.ONE, Extent.ONE, sequence), DType.FLOAT32, "aten::to"));
            frame.let(aten.plainProduct(half, DType.FLOAT32));
            Tensor ones = autograd.allocate(half, DType.FLOAT32, "aten::ones_like");
            Tensor unit = autograd.allocate(whole, DType.FLOAT32, "aten::polar");
            autograd.useUp(ones);
            Tensor scaled = autograd.allocate(whole, DType.FLOAT32, "aten::mul");
            autograd.useUp(unit);
            return scaled;
        }
    }

    /** Turns queries and keys of shape [b, s, heads, head dimension]. */
    @Override
    public Turned turn(Tensor query, Tensor key, @Nullable Angles turnedBy) {
        Tensor table = Objects.requireNonNull(turnedBy).cos();
        try (Frame frame = aten.autograd().frame()) {
            Tensor q = frame.let(aten.to(query, DType.FLOAT32));
            Tensor k = frame.let(aten.to(key, DType.FLOAT32));
            Tensor turnedQuery = frame.let(turned(q, table));
            Tensor turnedKey = frame.let(turned(k, table));
            return new Turned(castBack(frame, turnedQuery, query.dtype()), castBack(frame, turnedKey, key.dtype()));
        }
    }

    private Tensor turned(Tensor x, Tensor table) {
        return aten.view(aten.multiplyComplex(x, table), x.shape());
    }

    private Tensor castBack(Frame frame, Tensor x, DType type) {
        return x.dtype() == type ? frame.returning(x) : aten.to(x, type);
    }
}
