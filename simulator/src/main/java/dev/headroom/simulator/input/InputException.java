package dev.headroom.simulator.input;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Something the user wrote cannot be used. Carries every problem at once; its message lists them for people. */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<InputProblem> problems;

    public InputException(List<InputProblem> problems) {
        super(problems.stream().map(InputProblem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public InputException(Place place, String message) {
        this(List.of(new InputProblem(InputProblem.Kind.INVALID, place, message, Optional.empty())));
    }

    public InputException(Place place, String message, String hint) {
        this(List.of(new InputProblem(InputProblem.Kind.INVALID, place, message, Optional.of(hint))));
    }

    public List<InputProblem> problems() {
        return problems;
    }

    /** Whether every problem is a missing rule of Headroom, and none a mistake of the user. */
    public boolean isUnsupported() {
        return problems.stream().allMatch(problem -> problem.kind() == InputProblem.Kind.UNSUPPORTED);
    }
}
