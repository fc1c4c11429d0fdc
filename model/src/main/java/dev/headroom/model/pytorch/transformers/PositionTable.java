package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;

/**
 * A table of positions, of which every sequence takes the first rows. Source: transformers 5.17, {@code modeling_gpt2.py},
 * GPT2Model.
 *
 * @param path name of the table's module
 */
record PositionTable(Aten aten, String path, Tensor table) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return PositionNumbers.of(aten.autograd(), input.sequence());
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Tensor positions = frame.let(aten.inModule(path, numbers, x -> aten.embedding(x, table)));
        return new Entry(frame.let(aten.add(embeddings, positions)), null);
    }
}
