package dev.headroom.model.samediff.session;

import dev.headroom.model.training.OptimizerKind;
import java.util.Map;
import java.util.Set;

/**
 * ND4J's updaters and the state they keep.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code stateSize} of the classes in {@code org.nd4j.linalg.learning.config}.
 */
public final class Updaters {
    private static final Map<OptimizerKind, Integer> STATE = Map.of(
            OptimizerKind.ADAM, 2,
            OptimizerKind.ADAMW, 2,
            OptimizerKind.SGD, 0,
            OptimizerKind.SGD_MOMENTUM, 1,
            OptimizerKind.RMSPROP, 1,
            OptimizerKind.ADAGRAD, 1);

    private Updaters() {}

    /** The optimizers ND4J has; {@code adamw} is its Adam with weight decay. */
    public static Set<OptimizerKind> known() {
        return STATE.keySet();
    }

    /** How many numbers are kept for each parameter. */
    static int stateOf(OptimizerKind optimizer) {
        Integer count = STATE.get(optimizer);
        if (count == null) {
            throw new IllegalArgumentException("optimizer (%s) is none of ND4J's".formatted(optimizer));
        }
        return count;
    }
}
