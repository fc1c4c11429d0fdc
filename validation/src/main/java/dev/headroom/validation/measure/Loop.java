package dev.headroom.validation.measure;

import dev.headroom.model.program.Category;
import dev.headroom.simulator.measurement.Measurement;
import java.util.Map;

/** A way to train. */
interface Loop {
    /**
     * Trains one more step.
     *
     * @param number 1-based
     */
    Measurement.Step step(int number);

    /** Bytes of live arrays at most so far. */
    long peak();

    /** Bytes by category at that instant; empty if they are not known. */
    Map<Category, Long> atPeak();
}
