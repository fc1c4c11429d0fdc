package dev.headroom.validation;

import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;

/** Nobody looks on. */
public final class Silence implements Trainer.Progress {
    @Override
    public void phase(String what) {}

    @Override
    public void advance(int step, double share) {}

    @Override
    public void stepDone(Measurement.Step step) {}
}
