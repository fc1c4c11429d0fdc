package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings that are dropped out before positions enter. Source: transformers 5.17, {@code modeling_starcoder2.py},
 * Starcoder2Model.
 */
record DroppedEmbeddings(Aten aten, PositionScheme positions) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return positions.numbers(input);
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Tensor hidden = frame.let(aten.dropout(embeddings));
        Entry entry = positions.enter(hidden, numbers, frame);
        frame.drop(hidden);
        return entry;
    }

    @Override
    public Turned turn(Tensor query, Tensor key, @Nullable Angles angles) {
        return positions.turn(query, key, angles);
    }
}
