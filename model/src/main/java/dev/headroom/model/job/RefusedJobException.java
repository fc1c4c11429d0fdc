package dev.headroom.model.job;

import java.util.List;
import java.util.stream.Collectors;

/** A job that cannot be estimated, with every reason at once. */
public final class RefusedJobException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    public RefusedJobException(List<Problem> problems) {
        super(problems.stream().map(p -> p.key() + ": " + p.message()).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }

    /** Whether every problem is a missing rule, and none a mistake. */
    public boolean isUnsupported() {
        return problems.stream().allMatch(problem -> problem.kind() == Problem.Kind.UNSUPPORTED);
    }
}
