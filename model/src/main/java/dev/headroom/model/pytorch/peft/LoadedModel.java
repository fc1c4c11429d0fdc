package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.method.Targets;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.DType;
import java.util.List;

/**
 * A model on the device, before a method is applied to it.
 *
 * @param dtype type of its weights
 */
public record LoadedModel(Aten aten, Architecture architecture, Weights weights, DType dtype) {
    /** The layers that targets name, in module order. */
    List<LinearLayer> layers(Targets targets) {
        return targets.modules(architecture).stream()
                .map(module -> weights.linear(module.path()))
                .toList();
    }
}
