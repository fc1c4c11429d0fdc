package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import java.util.Optional;

/**
 * Copies of the input embedding and the output head that train in their place, in the type of the originals, which stay.
 * A copy of a tied matrix is tied to nothing.
 *
 * <p>Source: peft 0.21, {@code utils/other.py}, {@code ModulesToSaveWrapper.update}, {@code set_additional_trainable_modules}.
 */
final class SavedModules {
    private final LoadedModel model;
    private final TrainedBeside beside;
    private final Optional<Tensor> embedding;
    private final Optional<Tensor> head;

    SavedModules(LoadedModel model, TrainedBeside beside) {
        this.model = model;
        this.beside = beside;
        this.embedding = copyEmbedding();
        this.head = copyHead();
    }

    /** The embedding's copy. */
    Optional<Tensor> embedding() {
        return embedding;
    }

    /** The head's copy. */
    Optional<Tensor> head() {
        return head;
    }

    private Optional<Tensor> copyEmbedding() {
        WeightedModule module = model.architecture().modules().get(0);
        if (!beside.replaces(module.path())) {
            return Optional.empty();
        }
        String weight = module.path() + ".weight";
        Tensor copy = copy(module.path(), model.weights().get(weight));
        model.weights().add(weight, copy);
        return Optional.of(copy);
    }

    private Optional<Tensor> copyHead() {
        if (!beside.replaces(Family.HEAD)) {
            return Optional.empty();
        }
        LinearLayer original = model.weights().linear(Family.HEAD);
        Tensor copy = copy(Family.HEAD, original.weight());
        model.weights().add(new LinearLayer(model.aten(), Family.HEAD, copy, null));
        return Optional.of(copy);
    }

    private Tensor copy(String path, Tensor original) {
        Autograd autograd = model.aten().autograd();
        try (Frame frame = autograd.enterModule(path + ".modules_to_save")) {
            Tensor copy = autograd.own(
                    autograd.allocate(original.shape(), original.dtype(), TensorOrigin.PARAMETER, Category.ADAPTERS));
            autograd.requireGradient(copy);
            return copy;
        }
    }
}
