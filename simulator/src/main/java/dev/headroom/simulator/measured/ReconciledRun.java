package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.program.Figure;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One row: what was predicted beside what was measured.
 *
 * @param id the row's name
 * @param origin where it was read
 * @param status whether it was predicted
 * @param message why not; empty if it was
 * @param missingRules the rules that are missing, without the row's particulars, if it is unsupported
 * @param facets job keys and their values, for grouping
 * @param predicted the three answers as predicted
 * @param measured the three answers as measured
 * @param afterLoad figures before the first step, by key
 * @param steps the figures of each step, in order of steps and figures
 * @param alive what the model believes was alive at the allocated peak
 */
public record ReconciledRun(
        String id,
        Origin origin,
        Status status,
        String message,
        List<String> missingRules,
        Map<String, String> facets,
        MeasuredFigures.Peaks predicted,
        MeasuredFigures.Peaks measured,
        Map<String, Comparison> afterLoad,
        List<Map<Figure, Comparison>> steps,
        Optional<Alive> alive) {

    public ReconciledRun {
        missingRules = List.copyOf(missingRules);
        facets = Collections.unmodifiableMap(new LinkedHashMap<>(facets));
        afterLoad = Collections.unmodifiableMap(new LinkedHashMap<>(afterLoad));
        steps = List.copyOf(steps);
    }

    /** What became of a row. */
    public enum Status {
        /** It was predicted. */
        OK,
        /** A rule is missing. */
        UNSUPPORTED,
        /** The row, or the job in it, makes no sense. */
        INVALID,
        /** A fault in Headroom. */
        FAILED;

        /** The word used in output. A fault has no word of its own in the format: it is an invalid row with a message. */
        public String id() {
            return this == FAILED ? "invalid" : name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One figure, predicted and measured [bytes or a count].
     *
     * @param predicted empty if the model gives no such figure
     */
    public record Comparison(OptionalLong predicted, OptionalLong measured) {
        /** Whether there are two numbers to compare. */
        public boolean isComplete() {
            return predicted.isPresent() && measured.isPresent();
        }

        /** predicted − measured. */
        public OptionalLong difference() {
            return isComplete()
                    ? OptionalLong.of(Math.subtractExact(predicted.getAsLong(), measured.getAsLong()))
                    : OptionalLong.empty();
        }

        /** (predicted − measured) / measured, signed. */
        public OptionalDouble errorRatio() {
            return isComplete() && measured.getAsLong() > 0
                    ? OptionalDouble.of((double) difference().orElseThrow() / measured.getAsLong())
                    : OptionalDouble.empty();
        }
    }

    /**
     * What is alive at the allocated peak.
     *
     * @param peak when the peak is
     * @param largest the largest rows of the breakdown, largest first
     */
    public record Alive(MemoryEstimate.Peak peak, List<Row> largest) {
        public Alive {
            largest = List.copyOf(largest);
        }

        /** A row of the breakdown. */
        public record Row(String label, long bytes) {}
    }

    /** Predicted and measured value of one of the three answers. */
    public Comparison comparison(Quantity quantity) {
        return new Comparison(predicted.of(quantity), measured.of(quantity));
    }

    /** Whether the out-of-memory verdict agrees with what happened; empty if either is unknown. */
    public Optional<Boolean> outOfMemoryRight() {
        return predicted.outOfMemory().flatMap(says -> measured.outOfMemory().map(says::equals));
    }
}
