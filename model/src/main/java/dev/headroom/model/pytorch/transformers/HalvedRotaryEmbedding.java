package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions whose tables are as wide as half a head, and which turn both halves one by one. Source: transformers
 * 5.17, {@code modeling_gpt_oss.py}, GptOssRotaryEmbedding and {@code _apply_rotary_emb}.
 */
record HalvedRotaryEmbedding(Aten aten, long headDimension) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return PositionNumbers.of(aten.autograd(), input.sequence());
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Angles angles = angles(embeddings.shape().dimension(1), embeddings.dtype());
        frame.let(angles.cos());
        frame.let(angles.sin());
        return new Entry(frame.let(embeddings), angles);
    }

    private Angles angles(Extent sequence, DType dtype) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule("model.rotary_emb")) {
            Shape table = Shape.of(Extent.ONE, sequence, Extent.of(headDimension / 2));
            frame.let(autograd.allocate(Shape.of(Extent.ONE, Extent.ONE, sequence), DType.FLOAT32, "aten::to"));
            frame.let(aten.plainProduct(table, DType.FLOAT32));
            Tensor cos = frame.let(scaled(table, "aten::cos"));
            Tensor sin = frame.let(scaled(table, "aten::sin"));
            return new Angles(cast(frame, cos, dtype), cast(frame, sin, dtype));
        }
    }

    private Tensor scaled(Shape table, String operation) {
        Tensor raw = aten.autograd().allocate(table, DType.FLOAT32, operation);
        Tensor result = aten.autograd().allocate(table, DType.FLOAT32, "aten::mul");
        aten.autograd().useUp(raw);
        return result;
    }

    private Tensor cast(Frame frame, Tensor table, DType dtype) {
        return table.dtype() == dtype
                ? frame.returning(table)
                : aten.autograd().allocate(table.shape(), dtype, "aten::to");
    }

    @Override
    public Turned turn(Tensor query, Tensor key, @Nullable Angles turnedBy) {
        Angles angles = Objects.requireNonNull(turnedBy);
        return new Turned(turned(query, angles), turned(key, angles));
    }

    private Tensor turned(Tensor x, Angles angles) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor[] halves = aten.chunks(x, 2);
            Tensor first = frame.let(halves[0]);
            Tensor second = frame.let(halves[1]);
            Tensor straight = aten.multiply(first, angles.cos());
            Tensor crossed = aten.multiply(second, angles.sin());
            Tensor newFirst = frame.let(new LinearAlgebra(aten).subtract(straight, crossed));
            straight = aten.multiply(second, angles.cos());
            crossed = aten.multiply(first, angles.sin());
            Tensor newSecond = frame.let(aten.add(straight, crossed));
            return aten.concatenate(newFirst, newSecond);
        }
    }
}
