package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Rotary positions that turn neighbouring elements together, each half of the pairs on its own. Source: transformers 5.17,
 * {@code modeling_deepseek_v3.py}, {@code apply_rotary_pos_emb_interleave}.
 *
 * @param tables where cosines and sines come from, of which the first half is used
 */
record PairRotation(Aten aten, RotaryEmbedding tables) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return tables.numbers(input);
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        return tables.enter(embeddings, numbers, frame);
    }

    @Override
    public Turned turn(Tensor query, Tensor key, @Nullable Angles turnedBy) {
        Angles angles = Objects.requireNonNull(turnedBy);
        try (Frame frame = aten.autograd().frame()) {
            Tensor cos = frame.let(half(angles.cos()));
            Tensor sin = frame.let(half(angles.sin()));
            Tensor evenOfQuery = frame.let(half(query));
            Tensor oddOfQuery = frame.let(half(query));
            Tensor evenOfKey = frame.let(half(key));
            Tensor oddOfKey = frame.let(half(key));
            Tensor turnedQuery = frame.let(turned(evenOfQuery, oddOfQuery, cos, sin));
            Tensor turnedKey = frame.let(turned(evenOfKey, oddOfKey, cos, sin));
            return new Turned(frame.returning(turnedQuery), frame.returning(turnedKey));
        }
    }

    private Tensor half(Tensor x) {
        Shape shape = x.shape();
        return aten.slice(x, shape.withLast(Extent.of(shape.dimension(-1).value() / 2)));
    }

    /** {@code cat([even * cos - odd * sin, odd * cos + even * sin], -1)}. */
    private Tensor turned(Tensor even, Tensor odd, Tensor cos, Tensor sin) {
        Tensor evenByCos = aten.multiply(even, cos);
        Tensor first = new LinearAlgebra(aten).subtract(evenByCos, aten.multiply(odd, sin));
        Tensor oddByCos = aten.multiply(odd, cos);
        Tensor second = aten.add(oddByCos, aten.multiply(even, sin));
        return aten.concatenate(first, second);
    }
}
