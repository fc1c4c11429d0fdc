package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputProblem;
import java.util.List;
import java.util.Optional;

/**
 * What asking for one job comes to: an estimate, or every reason why there is none.
 *
 * @param estimate its memory, if it could be computed
 * @param problems why it could not; empty if it could
 */
public record Outcome(Optional<MemoryEstimate> estimate, List<Problem> problems) {
    public Outcome {
        problems = List.copyOf(problems);
    }

    /** Asks for a job; whatever is wrong with it ends up in {@link #problems()}. */
    public static Outcome of(JobSource source, Catalogs catalogs) {
        try {
            return new Outcome(Optional.of(catalogs.workplace(source).estimate(source.read())), List.of());
        } catch (InputException e) {
            return new Outcome(Optional.empty(), problems(e));
        } catch (RefusedJobException e) {
            return new Outcome(Optional.empty(), e.problems());
        }
    }

    /** What was wrong with an input, as problems of a job. */
    static List<Problem> problems(InputException exception) {
        return exception.problems().stream()
                .map(found -> new Problem(
                        found.kind() == InputProblem.Kind.UNSUPPORTED ? Problem.Kind.UNSUPPORTED : Problem.Kind.INVALID,
                        found.place().toString(),
                        found.message()))
                .toList();
    }

    /** Whether it was computed, and fits the card that was named. */
    public boolean fits() {
        return estimate.flatMap(MemoryEstimate::verdict)
                .map(MemoryEstimate.Verdict::fits)
                .orElse(false);
    }

    /** Whether there is no estimate only because a rule is missing. */
    public boolean isUnsupported() {
        return !problems.isEmpty() && problems.stream().allMatch(problem -> problem.kind() == Problem.Kind.UNSUPPORTED);
    }
}
