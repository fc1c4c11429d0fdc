package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.Targets;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Wraps a model's target layers with adapters, layer by layer.
 *
 * <p>Source: peft 0.21, {@code tuners/tuners_utils.py}, {@code inject_adapter}; {@code mapping_func.py},
 * {@code get_peft_model}.
 */
final class AdapterInjection implements Tuning {
    /** Makes the adapter of a layer. */
    interface Factory {
        TrainedAdapter create(Aten aten, LinearLayer layer);
    }

    private final Function<Architecture, List<WeightedModule>> targets;
    private final AdapterDtype dtype;
    private final Factory factory;

    AdapterInjection(Function<Architecture, List<WeightedModule>> targets, AdapterDtype dtype, Factory factory) {
        this.targets = targets;
        this.dtype = dtype;
        this.factory = factory;
    }

    AdapterInjection(Targets targets, Factory factory) {
        this(targets::modules, AdapterDtype.AUTO, factory);
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        List<TrainedAdapter> adapters = new ArrayList<>();
        for (WeightedModule target : targets.apply(model.architecture())) {
            LinearLayer layer = model.weights().linear(target.path());
            TrainedAdapter adapter = factory.create(model.aten(), layer);
            adapter.weights().cast(model.dtype());
            adapter.initialise();
            layer.adapt(adapter);
            adapters.add(adapter);
        }
        List<Tensor> trainable = new ArrayList<>();
        for (TrainedAdapter adapter : adapters) {
            if (dtype != AdapterDtype.WEIGHTS) {
                adapter.weights().cast(DType.FLOAT32);
            }
            trainable.addAll(adapter.train());
        }
        return trainable;
    }
}
