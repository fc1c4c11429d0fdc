package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

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

    private final List<WeightedModule> targets;
    private final AdapterDtype dtype;
    private final TrainedBeside beside;
    private final Factory factory;

    AdapterInjection(List<WeightedModule> targets, AdapterDtype dtype, TrainedBeside beside, Factory factory) {
        this.targets = targets;
        this.dtype = dtype;
        this.beside = beside;
        this.factory = factory;
    }

    AdapterInjection(List<WeightedModule> targets, Factory factory) {
        this(targets, AdapterDtype.AUTO, TrainedBeside.NOTHING, factory);
    }

    /** {@code _mark_only_adapters_as_trainable}: of the model's own weights only biases train, if any do. */
    @Override
    public boolean trains(WeightedModule module, Weight weight) {
        return weight.name().equals("bias")
                && switch (beside.biases()) {
                    case NONE -> false;
                    case ALL -> true;
                    case LORA_ONLY -> targets.contains(module);
                };
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        List<TrainedAdapter> adapters = new ArrayList<>();
        for (WeightedModule target : targets) {
            LinearLayer layer = model.weights().linear(target.path());
            TrainedAdapter adapter = factory.create(model.aten(), layer);
            if (!layer.isQuantized()) {
                adapter.weights().cast(model.dtype());
            }
            adapter.initialise();
            layer.adapt(adapter);
            adapters.add(adapter);
        }
        Deque<Tensor> trainable = new ArrayDeque<>();
        SavedModules saved = new SavedModules(model, beside);
        for (TrainedAdapter adapter : adapters) {
            if (dtype != AdapterDtype.WEIGHTS) {
                adapter.weights().cast(DType.FLOAT32);
            }
            trainable.addAll(adapter.train());
        }
        saved.embedding().ifPresent(trainable::addFirst);
        saved.head().ifPresent(trainable::addLast);
        return new ArrayList<>(trainable);
    }
}
