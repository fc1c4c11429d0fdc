package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model on the device, before a method is applied to it.
 *
 * @param dtype type of its weights
 */
public record LoadedModel(Aten aten, Architecture architecture, Weights weights, DType dtype) {
    /** {@code model.to("cpu")}: frees every weight and buffer; {@link #enterDevice} must follow. */
    void leaveDevice() {
        weights.all().values().forEach(aten.autograd()::release);
    }

    /**
     * {@code model.to("cuda")}: allocates every weight and buffer again, frozen, in module order.
     *
     * @param adapted takes each linear layer once its own weights are there
     */
    void enterDevice(Consumer<LinearLayer> adapted) {
        Map<String, List<String>> names = weights.byModule();
        for (WeightedModule module : architecture.modules()) {
            List<Tensor> moved = new ArrayList<>();
            for (String name : ofModule(names, module)) {
                Tensor tensor = moved(module.path(), weights.get(name));
                weights.add(name, tensor);
                moved.add(tensor);
            }
            if (module.kind() == Kind.PARAMETERS) {
                module.weights()
                        .forEach(weight -> weights.parametric(module.path())
                                .add(weight.name(), weights.get(module.path() + "." + weight.name())));
            }
            if (module.isLinear()) {
                Tensor weight =
                        moved.isEmpty() ? weights.all().values().iterator().next() : moved.get(0);
                @Nullable Tensor bias = moved.size() > 1 ? moved.get(1) : null;
                LinearLayer layer = LinearLayer.of(aten, module.kind(), module.path(), weight, bias);
                weights.add(layer);
                adapted.accept(layer);
            }
        }
    }

    /** A module may be listed twice, with its parameters and with its buffers; both are moved at once. */
    private static List<String> ofModule(Map<String, List<String>> names, WeightedModule module) {
        List<String> found = names.remove(module.path());
        return found == null ? List.of() : found;
    }

    private Tensor moved(String path, Tensor old) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule(path)) {
            return autograd.own(
                    autograd.allocate(old.shape(), old.dtype(), TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
        }
    }
}
