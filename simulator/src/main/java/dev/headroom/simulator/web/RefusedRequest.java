package dev.headroom.simulator.web;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.report.ProblemsJson;
import java.util.List;

/** A request that gets no answer but a reason. */
final class RefusedRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient List<InputProblem> problems;

    RefusedRequest(int status, String message) {
        this(status, message, List.of());
    }

    private RefusedRequest(int status, String message, List<InputProblem> problems) {
        super(message);
        this.status = status;
        this.problems = problems;
    }

    /** What was wrong with a body: 422 if only rules are missing, else 400. */
    static RefusedRequest of(InputException e) {
        RefusedRequest refused = new RefusedRequest(
                e.isUnsupported() ? Reply.UNPROCESSABLE : Reply.BAD_REQUEST,
                String.valueOf(e.getMessage()),
                e.problems());
        refused.initCause(e);
        return refused;
    }

    Reply reply() {
        String json = ProblemsJson.of(status, String.valueOf(getMessage()), problems);
        return new Reply(status, Reply.JSON, Reply.json(json).body());
    }
}
