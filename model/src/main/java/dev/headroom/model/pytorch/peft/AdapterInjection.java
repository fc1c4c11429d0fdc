package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.TargetParameter;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /** Makes the adapter of a parameter. */
    interface ParameterFactory {
        LoraParameterAdapter create(Aten aten, TargetParameter target);
    }

    private final List<WeightedModule> targets;
    private final List<TargetParameter> parameters;
    private final AdapterDtype dtype;
    private final TrainedBeside beside;
    private final Factory factory;
    private final ParameterFactory parameterFactory;

    AdapterInjection(
            List<WeightedModule> targets,
            List<TargetParameter> parameters,
            AdapterDtype dtype,
            TrainedBeside beside,
            Factory factory,
            ParameterFactory parameterFactory) {
        this.targets = targets;
        this.parameters = parameters;
        this.dtype = dtype;
        this.beside = beside;
        this.factory = factory;
        this.parameterFactory = parameterFactory;
    }

    AdapterInjection(List<WeightedModule> targets, Factory factory) {
        this(targets, List.of(), AdapterDtype.AUTO, TrainedBeside.NOTHING, factory, (aten, target) -> {
            throw new IllegalArgumentException("no adapter for parameter " + target);
        });
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
        Map<String, List<TrainedWeights>> adapters = inModuleOrder(model.architecture());
        for (WeightedModule target : targets) {
            LinearLayer layer = model.weights().linear(target.path());
            TrainedAdapter adapter = factory.create(model.aten(), layer);
            if (!layer.isQuantized()) {
                adapter.weights().cast(model.dtype());
            }
            adapter.initialise();
            layer.adapt(adapter);
            adaptersOf(target, adapters).add(adapter);
        }
        for (TargetParameter target : parameters) {
            LoraParameterAdapter adapter = parameterFactory.create(model.aten(), target);
            adapter.weights().cast(model.dtype());
            model.weights()
                    .parametric(target.module().path())
                    .adapt(target.weight().name(), adapter);
            adaptersOf(target.module(), adapters).add(adapter);
        }
        Deque<Tensor> trainable = new ArrayDeque<>();
        SavedModules saved = new SavedModules(model, beside);
        for (List<TrainedWeights> ofModule : adapters.values()) {
            for (TrainedWeights adapter : ofModule) {
                if (dtype != AdapterDtype.WEIGHTS) {
                    adapter.weights().cast(DType.FLOAT32);
                }
                trainable.addAll(adapter.train());
            }
        }
        saved.embedding().ifPresent(trainable::addFirst);
        saved.head().ifPresent(trainable::addLast);
        return new ArrayList<>(trainable);
    }

    /** Adapters are made for linear layers first, then for parameters, but cast and listed module by module. */
    private static Map<String, List<TrainedWeights>> inModuleOrder(Architecture architecture) {
        Map<String, List<TrainedWeights>> adapters = new LinkedHashMap<>();
        for (WeightedModule module :
                Family.of(architecture.modelType()).orElseThrow().modules(architecture)) {
            adapters.put(module.path(), new ArrayList<>());
        }
        return adapters;
    }

    private static List<TrainedWeights> adaptersOf(WeightedModule module, Map<String, List<TrainedWeights>> adapters) {
        return adapters.computeIfAbsent(module.path(), path -> new ArrayList<>());
    }
}
