package dev.headroom.simulator.input;

import java.util.Optional;

/**
 * One thing that is wrong with an input.
 *
 * @param kind whether it makes no sense, or Headroom has no rule for it
 * @param place where it was written
 * @param message what was found and what is allowed
 * @param hint what to try next, if there is a good guess
 */
public record InputProblem(Kind kind, Place place, String message, Optional<String> hint) {
    /** Why an input is refused. */
    public enum Kind {
        INVALID,
        UNSUPPORTED
    }

    /** {@code job.yaml:4:3: message}, and the hint on a line of its own. */
    @Override
    public String toString() {
        String text = place + ": " + (kind == Kind.UNSUPPORTED ? "unsupported: " : "") + message;
        return hint.map(next -> text + "\n" + next).orElse(text);
    }
}
