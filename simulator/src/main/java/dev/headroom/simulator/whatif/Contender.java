package dev.headroom.simulator.whatif;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import java.util.List;
import java.util.Optional;

/**
 * A method to compare.
 *
 * @param method its name
 * @param job the job by this method, if there are rules for it
 * @param problems why there is no job
 */
public record Contender(String method, Optional<FineTuningJob> job, List<Problem> problems) {
    public Contender {
        problems = List.copyOf(problems);
    }

    public static Contender of(FineTuningJob job) {
        return new Contender(job.method().name(), Optional.of(job), List.of());
    }

    /** A method that no rule covers. */
    public static Contender without(String method, List<Problem> problems) {
        return new Contender(method, Optional.empty(), problems);
    }
}
