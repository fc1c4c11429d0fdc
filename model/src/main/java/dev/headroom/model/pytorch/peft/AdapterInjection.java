package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
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
    /** Makes adapters. */
    interface Factory {
        /** Makes the adapter of a layer. */
        TrainedAdapter create(Aten aten, LinearLayer layer);

        /** Makes the adapter of a parameter. */
        default LoraParameterAdapter create(Aten aten, TargetParameter target) {
            throw new IllegalArgumentException("no adapter for parameter " + target);
        }

        /** Makes the adapter of the input embedding. */
        default LoraEmbeddingAdapter create(LoadedModel model, WeightedModule embedding) {
            throw new IllegalArgumentException("no adapter for embedding " + embedding.path());
        }
    }

    private final List<WeightedModule> targets;
    private final List<TargetParameter> parameters;
    private final AdapterDtype dtype;
    private final TrainedBeside beside;
    private final Factory factory;

    AdapterInjection(
            List<WeightedModule> targets,
            List<TargetParameter> parameters,
            AdapterDtype dtype,
            TrainedBeside beside,
            Factory factory) {
        this.targets = targets;
        this.parameters = parameters;
        this.dtype = dtype;
        this.beside = beside;
        this.factory = factory;
    }

    AdapterInjection(List<WeightedModule> targets, Factory factory) {
        this(targets, List.of(), AdapterDtype.AUTO, TrainedBeside.NOTHING, factory);
    }

    /** {@code _mark_only_adapters_as_trainable}: of the model's own weights only biases train, if any do. */
    @Override
    public boolean trains(WeightedModule module, Weight weight) {
        return weight.name().endsWith("bias")
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
            adaptersOf(target, adapters)
                    .add(target.isLinear() ? wrapLayer(model, target) : wrapEmbedding(model, target));
        }
        for (TargetParameter target : parameters) {
            LoraParameterAdapter adapter = factory.create(model.aten(), target);
            adapter.move(model.dtype());
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

    private TrainedWeights wrapLayer(LoadedModel model, WeightedModule target) {
        LinearLayer layer = model.weights().linear(target.path());
        TrainedAdapter adapter = factory.create(model.aten(), layer);
        if (!layer.isQuantized()) {
            adapter.move(model.dtype());
        }
        adapter.initialise();
        layer.adapt(adapter);
        return adapter;
    }

    private TrainedWeights wrapEmbedding(LoadedModel model, WeightedModule target) {
        LoraEmbeddingAdapter adapter = factory.create(model, target);
        adapter.move(model.dtype());
        model.weights().adaptEmbedding(adapter);
        return adapter;
    }

    /** Adapters are made for linear layers first, then for parameters, but cast and listed module by module. */
    private static Map<String, List<TrainedWeights>> inModuleOrder(Architecture architecture) {
        Map<String, List<TrainedWeights>> adapters = new LinkedHashMap<>();
        for (WeightedModule module : architecture.modules()) {
            adapters.put(module.path(), new ArrayList<>());
        }
        return adapters;
    }

    private static List<TrainedWeights> adaptersOf(WeightedModule module, Map<String, List<TrainedWeights>> adapters) {
        return adapters.computeIfAbsent(module.path(), path -> new ArrayList<>());
    }
}
