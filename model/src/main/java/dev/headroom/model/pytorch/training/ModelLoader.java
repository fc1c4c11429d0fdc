package dev.headroom.model.pytorch.training;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.platform.PeftRules;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.bitsandbytes.Quantizers;
import dev.headroom.model.pytorch.gptq.GptqLinear;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.MatrixLoader;
import dev.headroom.model.pytorch.nn.ParametricModule;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.pytorch.peft.KbitPreparation;
import dev.headroom.model.pytorch.peft.LoadedModel;
import dev.headroom.model.pytorch.peft.Tuning;
import dev.headroom.model.pytorch.peft.Tunings;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.Quantization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds a model on the device, weight by weight in the order in which its modules are constructed, then adds the
 * adapter. The order decides which holes the load leaves in the allocator's segments.
 *
 * <p>Source: transformers 5.17, the constructors of each {@code modeling_*.py}.
 */
final class ModelLoader {
    private final Aten aten;
    private final Autograd autograd;
    private final ResolvedJob resolved;
    private final DType dtype;
    private final Tuning tuning;
    private final Weights weights = new Weights();
    private final Optional<MatrixLoader> quantizer;
    private final Map<String, MatrixLoader.Loaded> quantized = new HashMap<>();
    private final List<String> parameters = new ArrayList<>();
    private final List<Tensor> trainable = new ArrayList<>();

    private ModelLoader(Aten aten, ResolvedJob resolved) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.resolved = resolved;
        this.dtype = resolved.job().precision().weights();
        this.tuning = Tunings.of(resolved);
        this.quantizer = resolved.job().precision().quantization().map(this::loaderOf);
    }

    private MatrixLoader loaderOf(Quantization quantization) {
        return switch (quantization.kind()) {
            case NF4 ->
                Quantizers.fourBit(
                        aten,
                        quantization,
                        dtype,
                        BitsandbytesRules.of(resolved.job().stack()).orElseThrow());
            case INT8 -> Quantizers.eightBit(aten);
            case GPTQ4 ->
                GptqLinear.loader(
                        aten,
                        quantization.groupSize(),
                        PeftRules.addsToGptqInPlace(resolved.job().stack())
                                ? AdapterForm.IN_PLACE
                                : AdapterForm.LINEAR);
        };
    }

    /** Loads the model of a job. */
    static LanguageModel load(Aten aten, ResolvedJob resolved) {
        return new ModelLoader(aten, resolved).load();
    }

    private LanguageModel load() {
        Architecture architecture = resolved.architecture();
        for (WeightedModule module : architecture.modules()) {
            if (module.path().equals(Family.HEAD)) {
                initialiseFrequencies(architecture.modules());
            }
            if (module.kind() == Kind.ROTARY) {
                constructFrequencies(module);
            } else if (module.path().equals(Family.HEAD) && architecture.tiedEmbeddings()) {
                tiedHead(module);
            } else {
                add(module);
            }
        }
        prepareForTraining();
        architecture.modules().stream().filter(WeightedModule::isLinear).forEach(this::addLinear);
        architecture.modules().stream()
                .filter(module -> module.kind() == Kind.PARAMETERS)
                .forEach(this::addParametric);
        List<Tensor> added = tuning.wrap(new LoadedModel(aten, architecture, weights, dtype));
        trainable.addAll(added);
        sortByModule(architecture.modules());
        LanguageModel model = LanguageModel.of(aten, resolved, weights, trainable);
        model.callThrough(tuning::forward);
        model.returnLossThrough(loss -> tuning.addToLoss(aten, loss));
        return model;
    }

    /**
     * Brings weights of the model and weights that were added to the order of {@code model.parameters()}: that of
     * construction, but that a module's own parameters come before those of the modules inside it.
     */
    private void sortByModule(List<WeightedModule> modules) {
        List<String> paths = new ArrayList<>();
        for (WeightedModule module : modules) {
            int inside = paths.size();
            while (inside > 0 && paths.get(inside - 1).startsWith(module.path() + ".")) {
                inside--;
            }
            paths.add(inside, module.path());
        }
        Map<String, Integer> places = new HashMap<>();
        for (String path : paths) {
            places.put(path, places.size());
        }
        trainable.sort(Comparator.comparingInt(tensor -> placeOf(autograd.moduleOf(tensor), places)));
    }

    /** The place of the innermost module that is, or is around, {@code path}; one behind all others if none is. */
    private static int placeOf(String path, Map<String, Integer> places) {
        String around = path;
        while (!places.containsKey(around) && around.contains(".")) {
            around = around.substring(0, around.lastIndexOf('.'));
        }
        return places.getOrDefault(around, places.size());
    }

    private void add(WeightedModule module) {
        for (Weight weight : module.weights()) {
            if (quantizer.isPresent() && isMatrix(module, weight)) {
                Shape rows = Shape.of(module.outputs(), module.inputs());
                quantized.put(module.path(), quantizer.get().load(module.path(), rows));
                continue;
            }
            boolean buffer = module.kind() == Kind.BUFFER;
            boolean trains = !buffer && tuning.trains(module, weight);
            String operation = buffer ? TensorOrigin.BUFFER : TensorOrigin.PARAMETER;
            Tensor tensor = parameter(module.path(), shape(weight), operation, trains);
            String name = module.path() + "." + weight.name();
            weights.add(name, tensor);
            if (!buffer) {
                parameters.add(name);
            }
            if (trains) {
                autograd.requireGradient(tensor);
                trainable.add(tensor);
            }
        }
    }

    /** Whether a weight is the matrix of a linear layer other than the output head, which stays as it is. */
    private static boolean isMatrix(WeightedModule module, Weight weight) {
        return module.isLinear()
                && !module.path().equals(Family.HEAD)
                && weight.name().equals("weight");
    }

    private void prepareForTraining() {
        resolved.job()
                .precision()
                .quantization()
                .filter(quantization -> quantization.kind() != Quantization.Kind.GPTQ4)
                .ifPresent(quantization ->
                        new KbitPreparation(autograd, weights, parameters).prepare(quantization.upcast()));
    }

    /** Makes a linear layer of the weights that have been loaded; a tied head has the embedding's. */
    private void addLinear(WeightedModule module) {
        @Nullable Tensor bias = weights.all().get(module.path() + ".bias");
        MatrixLoader.Loaded matrix = quantized.get(module.path());
        if (matrix != null) {
            weights.add(LinearLayer.quantized(aten, module.path(), matrix.withBias(bias), bias));
            return;
        }
        Tensor own = weights.all().get(module.path() + ".weight");
        Tensor weight = own == null ? weights.get(embeddingPath()) : own;
        weights.add(LinearLayer.of(aten, module.kind(), module.path(), weight, bias));
    }

    private void addParametric(WeightedModule module) {
        ParametricModule parametric = new ParametricModule(autograd, module.path());
        module.weights()
                .forEach(weight -> parametric.add(weight.name(), weights.get(module.path() + "." + weight.name())));
        weights.add(parametric);
    }

    private Tensor parameter(String path, Shape shape, String operation, boolean trains) {
        try (Frame frame = autograd.enterModule(path)) {
            Category category = trains ? Category.TRAINABLE_WEIGHTS : Category.FROZEN_WEIGHTS;
            return autograd.own(autograd.allocate(shape, dtype, operation, category));
        }
    }

    private static Shape shape(Weight weight) {
        return Shape.of(weight.shape().stream().map(Extent::of).toArray(Extent[]::new));
    }

    /** A head that is tied to the embedding gets a matrix of its own first, which is dropped. */
    private void tiedHead(WeightedModule head) {
        Shape shape = shape(head.weights().get(0));
        autograd.useUp(autograd.allocate(shape, dtype, TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
    }

    private String embeddingPath() {
        return weights.all().keySet().iterator().next();
    }

    /**
     * A rotary module's buffers, two for each kind of layer, computed when it is constructed and once more when weights are
     * initialised.
     */
    private void constructFrequencies(WeightedModule module) {
        try (Frame frame = autograd.enterModule(module.path())) {
            for (Weight weight : module.weights()) {
                Shape half = shape(weight);
                String path = module.path() + "." + weight.name();
                weights.add(path, autograd.own(computeFrequencies(half)));
                weights.add(
                        path.replace("inv_freq", "original_inv_freq"), autograd.own(buffer(half, TensorOrigin.BUFFER)));
            }
        }
    }

    /** Weights are initialised once all but the head are there; a name holds the last frequencies until the next are computed. */
    private void initialiseFrequencies(List<WeightedModule> modules) {
        for (WeightedModule module : modules) {
            if (module.kind() == Kind.ROTARY) {
                initialiseFrequencies(module);
            }
        }
    }

    private void initialiseFrequencies(WeightedModule module) {
        try (Frame frame = autograd.enterModule(module.path())) {
            @Nullable Tensor last = null;
            for (Weight weight : module.weights()) {
                Tensor computed = computeFrequencies(shape(weight));
                last = last == null ? frame.let(computed) : frame.replace(last, computed);
            }
        }
    }

    private Tensor computeFrequencies(Shape half) {
        Architecture architecture = resolved.architecture();
        RotaryFrequencies frequencies = new RotaryFrequencies(autograd);
        return Family.of(architecture.modelType()).orElseThrow().usesYarn(architecture)
                ? frequencies.yarn(half)
                : frequencies.standard(half);
    }

    private Tensor buffer(Shape shape, String operation) {
        return autograd.allocate(shape, DType.FLOAT32, operation, Category.FROZEN_WEIGHTS);
    }
}
