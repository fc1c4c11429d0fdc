package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;

/**
 * A table of positions whose sum with the embeddings is dropped out, and whose numbers layers do not see. Source:
 * transformers 5.17, {@code modeling_gpt_bigcode.py}, GPTBigCodeModel.
 *
 * @param path name of the dropout's module
 * @param drops whether there is dropout
 */
record DroppedPositions(Aten aten, String path, PositionTable table, boolean drops) implements PositionScheme {
    @Override
    public Tensor numbers(ModelInput input) {
        return table.numbers(input);
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Tensor hidden = table.enter(embeddings, numbers, frame).hidden();
        return new Entry(drops ? frame.replace(hidden, aten.inModule(path, hidden, aten::dropout)) : hidden, null);
    }

    @Override
    public boolean passesNumbersOn() {
        return false;
    }
}
