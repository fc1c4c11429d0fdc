package dev.headroom.simulator.whatif;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One cell of a sweep: figures, or the reason why there are none.
 *
 * @param values the value of each axis, in the order of {@link Sweep#axes()}
 * @param reading which reading gave the figures
 * @param status whether there are figures
 * @param figures the figures, if {@code status} is {@link Status#OK}
 * @param message why there are none; empty if there are
 */
public record SweepRow(List<String> values, Reading reading, Status status, Optional<Figures> figures, String message) {
    public SweepRow {
        values = List.copyOf(values);
    }

    /** Whether a cell has figures, and why not. */
    public enum Status {
        OK,
        /** No framework would run this. */
        INVALID,
        /** A rule is missing. */
        UNSUPPORTED,
        /** A key varies that means nothing to the cell's method. */
        NOT_APPLICABLE;

        /** The word used in rows. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * The memory of one cell [bytes].
     *
     * @param peakAllocated live tensors at the peak; the analytic reading leaves out what the allocator rounds up (at the
     *     median 0.04 % of it, at most 512 B a tensor and 1 MiB a large one)
     * @param peakReserved what the allocator holds at most; only by replay
     * @param processAtLeast a process that has less runs out of memory; by replay, what the driver shows
     * @param processAtMost by replay the same; analytically, with {@link Sweep#slack} for what the allocator
     *     may lose
     * @param fit whether it fits the card, if one was named
     */
    public record Figures(
            long peakAllocated, OptionalLong peakReserved, long processAtLeast, long processAtMost, Fit fit) {}
}
