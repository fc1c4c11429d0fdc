package dev.headroom.validation.measure;

import dev.headroom.model.training.OptimizerKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** ND4J's updater for an optimizer, and the state it keeps for each variable. */
final class Updaters {
    private static final double RATE = 1e-3;
    private static final double PLAIN_RATE = 1e-3;
    private static final double MOMENTUM = 0.9;
    private static final double DECAY = 0.01;

    private Updaters() {}

    /** The configuration of a training. */
    static TrainingConfig config(OptimizerKind optimizer, String loss, List<String> features, List<String> labels) {
        TrainingConfig.Builder builder = new TrainingConfig.Builder()
                .updater(updater(optimizer))
                .dataSetFeatureMapping(features)
                .dataSetLabelMapping(labels)
                .minimize(loss);
        if (optimizer == OptimizerKind.ADAMW) {
            builder.regularization(new WeightDecay(DECAY, true));
        }
        return builder.build();
    }

    /** The loss is a sum over tokens: what has no scale of its own takes smaller steps. */
    private static IUpdater updater(OptimizerKind optimizer) {
        return switch (optimizer) {
            case ADAM, ADAMW -> new Adam(RATE);
            case SGD -> new Sgd(PLAIN_RATE);
            case SGD_MOMENTUM -> new Nesterovs(PLAIN_RATE / 10, MOMENTUM);
            case RMSPROP -> new RmsProp(RATE);
            case ADAGRAD -> new AdaGrad(RATE * 10);
            default -> throw new IllegalArgumentException("optimizer (%s) is none of ND4J's".formatted(optimizer));
        };
    }

    /** One updater for each variable, with its state, as {@code SameDiff.initializeTraining} makes them. */
    @SuppressWarnings("rawtypes") // as ND4J declares it
    static Map<String, GradientUpdater> make(TrainingConfig config, Iterable<SDVariable> variables) {
        Map<String, GradientUpdater> updaters = new HashMap<>();
        for (SDVariable variable : variables) {
            INDArray array = variable.getArr();
            long size = config.getUpdater().stateSize(array.length());
            @Nullable INDArray state = size == 0 ? null : Nd4j.createUninitialized(array.dataType(), 1, size);
            GradientUpdater updater = config.getUpdater().instantiate(state, false);
            if (state != null) {
                updater.setStateViewArray(state, array.shape(), array.ordering(), true);
            }
            updaters.put(variable.name(), updater);
        }
        return updaters;
    }
}
