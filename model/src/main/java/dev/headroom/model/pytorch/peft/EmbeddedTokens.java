package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import dev.headroom.model.pytorch.transformers.ModelInput;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * Virtual tokens whose embeddings go before those of each sequence, and that have labels which are ignored.
 *
 * <p>Source: peft 0.21, {@code peft_model.py}, {@code PeftModelForCausalLM.forward}, {@code get_prompt}.
 */
abstract class EmbeddedTokens extends VirtualTokens {
    EmbeddedTokens(Aten aten, AdapterWeights weights, int count) {
        super(aten, weights, count);
    }

    /**
     * The embeddings, shape [1, tokens, hidden size].
     *
     * @param numbers shape [1, tokens]
     */
    abstract Tensor encode(Tensor numbers);

    @Override
    final Output call(LanguageModel model, Tensor ids, Shape maskShape, Frame frame, LossReduction reduction) {
        Autograd autograd = aten().autograd();
        Extent batch = ids.shape().dimension(0);
        Tensor embeds = frame.let(model.embed(ids));
        frame.let(autograd.allocate(Shape.of(batch, count()), DType.INT64, "aten::to"));
        frame.let(autograd.allocate(maskShape, DType.INT64, "aten::cat"));
        Tensor encoded = aten().inModule(ENCODER, numbers(Extent.ONE), this::encode);
        Tensor prompts = frame.let(aten().repeatFirst(encoded, batch));
        prompts = frame.replace(prompts, aten().to(prompts, embeds.dtype()));
        embeds = frame.replace(embeds, aten().concatenateTokens(prompts, embeds));
        return model.run(new ModelInput(embeds, true, maskShape, DType.FLOAT32), reduction);
    }
}
