package dev.headroom.model.program;

import java.util.Arrays;
import java.util.Optional;

/**
 * The figures measured around each phase of a training step [bytes allocated]: at the end of a phase, or the peak
 * within it. With gradient accumulation, {@code FORWARD_*} and {@code BACKWARD_*} are the first micro-batch's and
 * {@code LAST_MICRO_*} the last's.
 */
public enum Figure {
    START("startBytes"),
    FORWARD_END("forwardEndBytes"),
    FORWARD_PEAK("forwardPeakBytes"),
    BACKWARD_END("backwardEndBytes"),
    BACKWARD_PEAK("backwardPeakBytes"),
    LAST_MICRO_FORWARD_END("lastMicroForwardEndBytes"),
    LAST_MICRO_FORWARD_PEAK("lastMicroForwardPeakBytes"),
    LAST_MICRO_BACKWARD_END("lastMicroBackwardEndBytes"),
    LAST_MICRO_BACKWARD_PEAK("lastMicroBackwardPeakBytes"),
    CLIP_END("clipEndBytes"),
    CLIP_PEAK("clipPeakBytes"),
    OPTIMIZER_END("optimizerEndBytes"),
    OPTIMIZER_PEAK("optimizerPeakBytes"),
    ZERO_GRAD_END("zeroGradEndBytes");

    private final String key;

    Figure(String key) {
        this.key = key;
    }

    /** The key used in measured records. */
    public String key() {
        return key;
    }

    public static Optional<Figure> ofKey(String key) {
        return Arrays.stream(values()).filter(figure -> figure.key.equals(key)).findFirst();
    }
}
