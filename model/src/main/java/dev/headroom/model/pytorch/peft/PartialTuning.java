package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Weight;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Some of the model's own weights train ({@code requires_grad_}); nothing is added. */
final class PartialTuning implements Tuning {
    private static final Pattern LAYER = Pattern.compile("\\.(?:layers|h)\\.(\\d+)\\.");

    private final Predicate<WeightedModule> trained;
    private final Predicate<Weight> trainedWeights;

    private PartialTuning(Predicate<WeightedModule> trained) {
        this(trained, weight -> true);
    }

    private PartialTuning(Predicate<WeightedModule> trained, Predicate<Weight> trainedWeights) {
        this.trained = trained;
        this.trainedWeights = trainedWeights;
    }

    @Override
    public boolean trains(WeightedModule module, Weight weight) {
        return trained.test(module) && trainedWeights.test(weight);
    }

    /** Every bias. */
    static PartialTuning biases() {
        return new PartialTuning(module -> true, weight -> weight.name().endsWith("bias"));
    }

    static PartialTuning withoutEmbedding(Architecture architecture) {
        String embedding = embedding(architecture);
        return new PartialTuning(module -> !module.path().equals(embedding));
    }

    /** The head, and the last {@code count} layers. */
    static PartialTuning headAndLastLayers(Architecture architecture, int count) {
        String head = architecture.tiedEmbeddings() ? embedding(architecture) : Family.HEAD;
        int first = architecture.layers() - count;
        return new PartialTuning(module -> module.path().equals(head) || layer(module) >= first);
    }

    private static String embedding(Architecture architecture) {
        return architecture.modules().get(0).path();
    }

    /** The index of a module's layer; −1 outside the layers. */
    private static int layer(WeightedModule module) {
        Matcher layer = LAYER.matcher(module.path());
        return layer.find() ? Integer.parseInt(layer.group(1)) : -1;
    }
}
