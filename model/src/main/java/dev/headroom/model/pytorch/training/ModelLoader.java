package dev.headroom.model.pytorch.training;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.architecture.WeightedModule.Weight;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.pytorch.peft.LoadedModel;
import dev.headroom.model.pytorch.peft.Tuning;
import dev.headroom.model.pytorch.peft.Tunings;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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
    private final List<Tensor> trainable = new ArrayList<>();

    private ModelLoader(Aten aten, ResolvedJob resolved) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.resolved = resolved;
        this.dtype = resolved.job().precision().weights();
        this.tuning = Tunings.of(resolved);
    }

    /** Loads the model of a job. */
    static LanguageModel load(Aten aten, ResolvedJob resolved) {
        return new ModelLoader(aten, resolved).load();
    }

    private LanguageModel load() {
        Architecture architecture = resolved.architecture();
        Family family = Family.of(architecture.modelType()).orElseThrow();
        for (WeightedModule module : family.modules(architecture)) {
            if (module.kind() == Kind.ROTARY) {
                inverseFrequencies(module);
            } else if (module.path().equals(Family.HEAD) && architecture.tiedEmbeddings()) {
                tiedHead(module);
            } else {
                add(module);
            }
        }
        List<Tensor> added = tuning.wrap(new LoadedModel(aten, architecture, weights, dtype));
        boolean mixed = !trainable.isEmpty() && !added.isEmpty();
        trainable.addAll(added);
        if (mixed) {
            sortByModule(family.modules(architecture));
        }
        LanguageModel model = LanguageModel.of(aten, resolved, weights, trainable);
        model.returnLossThrough(loss -> tuning.addToLoss(aten, loss));
        return model;
    }

    /** Brings weights of the model and weights that were added to the order of {@code model.parameters()}. */
    private void sortByModule(List<WeightedModule> modules) {
        trainable.sort(Comparator.comparingInt(tensor -> {
            String path = autograd.moduleOf(tensor);
            int index = 0;
            while (index < modules.size()
                    && !(path + ".").startsWith(modules.get(index).path() + ".")) {
                index++;
            }
            return index;
        }));
    }

    private void add(WeightedModule module) {
        List<Tensor> loaded = new ArrayList<>();
        for (Weight weight : module.weights()) {
            boolean trains = module.kind() != Kind.BUFFER && tuning.trains(module, weight);
            String operation = module.kind() == Kind.BUFFER ? TensorOrigin.BUFFER : TensorOrigin.PARAMETER;
            Tensor tensor = parameter(module.path(), shape(weight), operation, trains);
            weights.add(module.path() + "." + weight.name(), tensor);
            loaded.add(tensor);
            if (trains) {
                autograd.requireGradient(tensor);
                trainable.add(tensor);
            }
        }
        if (module.isLinear()) {
            @Nullable Tensor bias = loaded.size() > 1 ? loaded.get(1) : null;
            weights.add(LinearLayer.of(aten, module.kind(), module.path(), loaded.get(0), bias));
        }
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
        weights.add(new LinearLayer(aten, head.path(), weights.get(embeddingPath()), null));
    }

    private String embeddingPath() {
        return weights.all().keySet().iterator().next();
    }

    /**
     * A rotary module's buffers, two for each kind of layer, computed once when it is constructed and once when weights are
     * initialised; there a name holds the last ones until the next are computed.
     */
    private void inverseFrequencies(WeightedModule module) {
        try (Frame frame = autograd.enterModule(module.path())) {
            for (Weight weight : module.weights()) {
                Shape half = shape(weight);
                String path = module.path() + "." + weight.name();
                weights.add(path, autograd.own(computeFrequencies(half)));
                weights.add(
                        path.replace("inv_freq", "original_inv_freq"), autograd.own(buffer(half, TensorOrigin.BUFFER)));
            }
            @Nullable Tensor last = null;
            for (Weight weight : module.weights()) {
                Tensor computed = computeFrequencies(shape(weight));
                last = last == null ? frame.let(computed) : frame.replace(last, computed);
            }
        }
    }

    private Tensor computeFrequencies(Shape half) {
        Tensor range = buffer(half, "aten::arange");
        Tensor quotient = buffer(half, "aten::div");
        autograd.useUp(range);
        Tensor power = buffer(half, "aten::pow");
        autograd.useUp(autograd.allocate(Shape.SCALAR, DType.INT64, "aten::scalar_tensor", Category.FROZEN_WEIGHTS));
        autograd.useUp(quotient);
        Tensor reciprocal = buffer(half, "aten::reciprocal");
        Tensor result = buffer(half, TensorOrigin.BUFFER);
        autograd.useUp(reciprocal);
        autograd.useUp(power);
        return result;
    }

    private Tensor buffer(Shape shape, String operation) {
        return autograd.allocate(shape, DType.FLOAT32, operation, Category.FROZEN_WEIGHTS);
    }
}
