package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A frozen model that is called with virtual tokens.
 *
 * <p>Source: peft 0.21, {@code peft_model.py}, {@code _setup_prompt_encoder}.
 */
final class PromptLearning implements Tuning {
    /** Makes the virtual tokens for a model. */
    interface Factory {
        VirtualTokens create(LoadedModel model);
    }

    private final Factory factory;
    private @Nullable VirtualTokens tokens;

    PromptLearning(Factory factory) {
        this.factory = factory;
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        tokens = factory.create(model);
        return tokens.train();
    }

    @Override
    public Output forward(LanguageModel model, Tensor ids, LossReduction reduction) {
        return Objects.requireNonNull(tokens, "wrap comes first").forward(model, ids, reduction);
    }
}
