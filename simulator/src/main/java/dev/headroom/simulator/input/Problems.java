package dev.headroom.simulator.input;

import dev.headroom.simulator.input.InputProblem.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects what is wrong with an input, so that its author sees everything at once. */
public final class Problems {
    private final List<InputProblem> found = new ArrayList<>();

    public void invalid(Place place, String message) {
        found.add(new InputProblem(Kind.INVALID, place, message, Optional.empty()));
    }

    /** A mistake with a hint on what to do; an empty hint is none. */
    public void invalid(Place place, String message, String hint) {
        found.add(
                new InputProblem(Kind.INVALID, place, message, hint.isEmpty() ? Optional.empty() : Optional.of(hint)));
    }

    public void unsupported(Place place, String message) {
        found.add(new InputProblem(Kind.UNSUPPORTED, place, message, Optional.empty()));
    }

    public void addAll(InputException other) {
        found.addAll(other.problems());
    }

    /** Everything found so far, in order. */
    public List<InputProblem> found() {
        return List.copyOf(found);
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /**
     * Ends the collection.
     *
     * @throws InputException with all problems, if there are any
     */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InputException(found);
        }
    }
}
