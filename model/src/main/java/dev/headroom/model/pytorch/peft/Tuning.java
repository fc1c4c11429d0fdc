package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import dev.headroom.model.pytorch.transformers.ModelInput;
import java.util.List;

/** What a fine-tuning method does to a model: which of its own weights train, and what is put around its layers. */
public interface Tuning {
    /** Whether the weights of one of the model's own modules train. A tied head has none of its own: ask for its embedding. */
    default boolean trains(WeightedModule module) {
        return false;
    }

    /** Whether one weight of one of the model's own modules trains. */
    default boolean trains(WeightedModule module, WeightedModule.Weight weight) {
        return trains(module);
    }

    /**
     * Wraps layers of a model that has just been loaded.
     *
     * @return the weights that were added and train, in the order of {@code model.parameters()}
     */
    default List<Tensor> wrap(LoadedModel model) {
        return List.of();
    }

    /** One forward pass of the wrapped model. */
    default Output forward(LanguageModel model, Tensor ids, LossReduction reduction) {
        return model.run(ModelInput.ofIds(ids), reduction);
    }

    /**
     * The loss that the wrapped model returns, from that of the model itself.
     *
     * @param loss owned by the caller; what is returned takes its place
     */
    default Tensor addToLoss(Aten aten, Tensor loss) {
        return loss;
    }
}
