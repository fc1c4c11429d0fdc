package dev.headroom.simulator.measurement;

import dev.headroom.model.job.ResolvedJob;
import java.util.OptionalLong;
import java.util.ServiceLoader;

/** Trains a job and measures its memory. */
public interface Trainer {
    /** Where it computes: {@code cpu} or {@code cuda}. */
    String backend();

    /**
     * Trains.
     *
     * @throws NoDeviceException if there is no device to compute on
     */
    Measurement train(Request request, Progress progress);

    /**
     * What to train.
     *
     * @param job the job
     * @param steps training steps, at least 1
     * @param deviceLimit bytes of device memory after which it is out of memory, to emulate a smaller card
     */
    record Request(ResolvedJob job, int steps, OptionalLong deviceLimit) {}

    /** Hears how far it is. */
    interface Progress {
        /** Something long begins. */
        void phase(String what);

        /** A share of a step is done. */
        void advance(int step, double share);

        /** A step is over. */
        void stepDone(Measurement.Step step);
    }

    /** The trainers of this Java process. */
    static ServiceLoader<Trainer> all() {
        return ServiceLoader.load(Trainer.class);
    }
}
