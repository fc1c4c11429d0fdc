package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * A table of positions, of which the mask says where each sequence begins. Source: transformers 5.17,
 * {@code modeling_opt.py}, OPTDecoder, OPTLearnedPositionalEmbedding.
 *
 * @param path name of the table's module
 */
record LearnedPositions(Aten aten, String path, Tensor table) implements PositionScheme {
    /** {@code (torch.cumsum(attention_mask, dim=1) * attention_mask - 1).long()[:, past:]}. */
    @Override
    public Tensor numbers(ModelInput input) {
        Autograd autograd = aten.autograd();
        Shape mask = input.maskShape();
        Tensor sum = autograd.allocate(mask, input.maskType(), "aten::cumsum");
        Tensor product = autograd.allocate(mask, input.maskType(), "aten::mul");
        Tensor numbers = autograd.allocate(mask, input.maskType(), "aten::sub");
        autograd.useUp(product);
        if (input.maskType() != DType.INT64) {
            Tensor whole = autograd.allocate(mask, DType.INT64, "aten::to");
            autograd.useUp(numbers);
            numbers = whole;
        }
        autograd.useUp(sum);
        return input.continues() ? aten.slice(numbers, Shape.of(input.batch(), input.sequence())) : numbers;
    }

    @Override
    public Entry enter(Tensor embeddings, Tensor numbers, Frame frame) {
        Tensor positions = frame.let(embedded(numbers));
        return new Entry(frame.let(aten.add(embeddings, positions)), null);
    }

    private Tensor embedded(Tensor numbers) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule(path)) {
            Tensor shifted = frame.let(autograd.allocate(numbers.shape(), DType.INT64, "aten::add"));
            return aten.embedding(shifted, table);
        }
    }
}
