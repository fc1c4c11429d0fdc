package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * Virtual tokens before each sequence, and the encoder that makes them. Its weights are float32 whatever the model is.
 *
 * <p>Source: peft 0.21, {@code peft_model.py}, {@code _setup_prompt_encoder}, {@code PeftModelForCausalLM.forward},
 * {@code get_prompt}.
 */
abstract class VirtualTokens {
    static final String ENCODER = "prompt_encoder.default";

    /** The encoder's module with a row for each virtual token. */
    static final String TABLE = "embedding";

    private final Aten aten;
    private final AdapterWeights weights;
    private final Extent count;
    private final Tensor numbers;

    /**
     * @param weights the encoder's
     * @param count tokens before each sequence
     */
    VirtualTokens(Aten aten, AdapterWeights weights, int count) {
        this.aten = aten;
        this.weights = weights;
        this.count = Extent.of(count);
        this.numbers = new LinearAlgebra(aten).buffer(Shape.of(count), DType.INT64);
    }

    /** Makes the encoder's weights train. */
    final List<Tensor> train() {
        return weights.train();
    }

    final Aten aten() {
        return aten;
    }

    final Tensor weight(String name) {
        return weights.get(name);
    }

    /** The rows of the table for tokens' numbers. */
    final Tensor embedded(Tensor numbers) {
        return aten.inModule(ENCODER + "." + TABLE, numbers, ids -> aten.embedding(ids, weights.get(TABLE)));
    }

    final Extent count() {
        return count;
    }

    /** The tokens' numbers for a number of sequences, shape [b, tokens]: a view, in which sequences share them. */
    final Tensor numbers(Extent batch) {
        boolean several = aten.autograd().exceeds(batch, 1);
        return aten.autograd().alias(numbers, Shape.of(batch, count), !several);
    }

    /** One forward pass of the wrapped model; the attention mask becomes float32, as the part for virtual tokens is. */
    final Output forward(LanguageModel model, Tensor ids, LossReduction reduction) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule("peft")) {
            Extent batch = ids.shape().dimension(0);
            Shape maskShape = Shape.of(batch, ids.shape().dimension(1).plus(count));
            frame.let(autograd.allocate(Shape.of(batch, count), DType.FLOAT32, "aten::to"));
            frame.let(autograd.allocate(maskShape, DType.FLOAT32, "aten::cat"));
            return call(model, ids, maskShape, frame, reduction);
        }
    }

    /**
     * Calls the model.
     *
     * @param maskShape shape of the attention mask over virtual and real tokens
     * @param frame the frame of the wrapper's forward pass
     */
    abstract Output call(LanguageModel model, Tensor ids, Shape maskShape, Frame frame, LossReduction reduction);
}
