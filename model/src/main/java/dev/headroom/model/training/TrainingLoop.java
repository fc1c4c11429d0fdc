package dev.headroom.model.training;

import java.util.Arrays;
import java.util.Optional;

/** Which of a step's results the training loop keeps referring to. */
public enum TrainingLoop {
    /** {@code transformers.Trainer} with its defaults. */
    TRANSFORMERS_TRAINER("transformers-trainer"),
    /** The variable that holds the model output, and with it the logits, lives through backward and the optimizer step. */
    HOLDS_OUTPUTS("holds-outputs"),
    /** Only the loss is kept after forward. */
    FREES_OUTPUTS("frees-outputs"),
    /** SameDiff, each array closed as soon as nothing needs it. */
    CLOSES_ARRAYS("closes-arrays"),
    /** The same, and no gradients of frozen weights are computed. */
    SKIPS_FROZEN_GRADIENTS("skips-frozen-gradients"),
    /** SameDiff as it is: {@code SameDiff.fit} with its cache of arrays, weights held once more for other devices. */
    ND4J_DEFAULTS("nd4j-defaults");

    private final String id;

    TrainingLoop(String id) {
        this.id = id;
    }

    /** The word used on the command line and in files. */
    public String id() {
        return id;
    }

    public static Optional<TrainingLoop> parse(String id) {
        return Arrays.stream(values()).filter(value -> value.id.equals(id)).findFirst();
    }
}
