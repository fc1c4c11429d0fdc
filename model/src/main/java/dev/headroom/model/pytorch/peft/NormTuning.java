package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.method.LnTuning;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies of norms run in place of the originals, which stay. They keep the type of the base.
 *
 * <p>Source: peft 0.21, {@code tuners/ln_tuning/layer.py}, {@code update_layer} ({@code deepcopy}) and {@code forward}.
 */
final class NormTuning implements Tuning {
    private final LnTuning method;

    NormTuning(LnTuning method) {
        this.method = method;
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        Autograd autograd = model.aten().autograd();
        List<Tensor> copies = new ArrayList<>();
        for (WeightedModule norm : method.modules(model.architecture())) {
            for (Weight weight : norm.weights()) {
                String path = norm.path() + "." + weight.name();
                Tensor original = model.weights().get(path);
                try (Frame frame = autograd.enterModule(norm.path() + ".ln_tuning_layers")) {
                    Tensor copy = autograd.own(autograd.allocate(
                            original.shape(), original.dtype(), TensorOrigin.PARAMETER, Category.ADAPTERS));
                    autograd.requireGradient(copy);
                    model.weights().add(path, copy);
                    copies.add(copy);
                }
            }
        }
        return copies;
    }
}
