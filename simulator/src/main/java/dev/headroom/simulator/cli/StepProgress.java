package dev.headroom.simulator.cli;

import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;
import java.io.PrintWriter;
import java.util.Locale;

/** How far a training is: a bar on a terminal, else a line for each step. */
final class StepProgress implements Trainer.Progress {
    private static final int WIDTH = 30;
    private static final long INTERVAL = 200_000_000;

    private final int steps;
    private final PrintWriter err;
    private final boolean terminal = ReportCommand.isTerminal();
    private long lastShown;

    StepProgress(int steps, PrintWriter err) {
        this.steps = steps;
        this.err = err;
    }

    @Override
    public void phase(String what) {
        err.println(what + " …");
        err.flush();
    }

    @Override
    public void advance(int step, double share) {
        long now = System.nanoTime();
        if (terminal && now - lastShown > INTERVAL) {
            lastShown = now;
            int done = (int) (share * WIDTH);
            err.print(String.format(
                    Locale.ROOT, "\rstep %d of %d [%s%s]", step, steps, "#".repeat(done), ".".repeat(WIDTH - done)));
            err.flush();
        }
    }

    @Override
    public void stepDone(Measurement.Step step) {
        err.print(terminal ? "\r" : "");
        err.println(String.format(
                        Locale.ROOT,
                        "loss %.4f, %.1f s, device counter at most %,d B          ",
                        step.loss(),
                        step.seconds(),
                        step.deviceCounterPeak())
                .stripTrailing());
        err.flush();
    }
}
