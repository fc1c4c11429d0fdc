package dev.headroom.simulator.measured;

import java.util.Optional;

/** One figure, predicted and measured [bytes]. */
public record Comparison(long predicted, long measured) {
    /** The comparison of two figures, if both are known. */
    static Optional<Comparison> of(Optional<Long> predicted, Optional<Long> measured) {
        return predicted.flatMap(left -> measured.map(right -> new Comparison(left, right)));
    }

    /** predicted − measured. */
    public long difference() {
        return Math.subtractExact(predicted, measured);
    }

    /** (predicted − measured) / measured, signed; 0 if the two are equal, infinite if only the measured one is 0. */
    public double errorRatio() {
        return difference() == 0 ? 0 : (double) difference() / measured;
    }
}
