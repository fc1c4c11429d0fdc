package dev.headroom.simulator.cli;

import dev.headroom.simulator.whatif.Sweep;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress on stderr: on a terminal one line that is rewritten, elsewhere, if asked for, a line at each tenth. Says how many
 * are done, how many a second, and how long the rest will take.
 */
final class ProgressLine implements Sweep.Progress {
    private static final double SECONDS_BETWEEN_LINES = 0.2;
    private static final double NANOS = 1e9;

    private final PrintWriter err;
    private final boolean terminal;
    private final boolean shown;
    private final LongSupplier clock;
    private final long start;
    private long lastShown;
    private long nextTenth = 1;

    /**
     * @param asked whether it is shown even without a terminal
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    ProgressLine(PrintWriter err, boolean terminal, boolean asked, LongSupplier clock) {
        this.err = err;
        this.terminal = terminal;
        this.shown = terminal || asked;
        this.clock = clock;
        this.start = clock.getAsLong();
        this.lastShown = start;
    }

    @Override
    public void at(long done, long total) {
        if (!shown) {
            return;
        }
        long now = clock.getAsLong();
        boolean due = terminal
                ? done == total || (now - lastShown) / NANOS >= SECONDS_BETWEEN_LINES
                : done >= Math.ceil(nextTenth * (total / 10.0));
        if (due) {
            lastShown = now;
            nextTenth = (long) Math.floor(10.0 * done / total) + 1;
            String line = line(done, total, (now - start) / NANOS);
            err.print(terminal ? "\r" + line : line + System.lineSeparator());
            err.flush();
        }
    }

    private static String line(long done, long total, double seconds) {
        double rate = done / Math.max(seconds, 1e-9);
        return String.format(
                Locale.ROOT,
                "%,d of %,d (%.0f %%), %,.0f/s, %s left ",
                done,
                total,
                100.0 * done / total,
                rate,
                duration((total - done) / Math.max(rate, 1e-9)));
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? "%d min %d s".formatted(whole / 60, whole % 60)
                        : "%d h %d min".formatted(whole / 3600, whole % 3600 / 60);
    }

    /** Ends the line. */
    void end() {
        if (terminal) {
            err.println();
        }
    }
}
