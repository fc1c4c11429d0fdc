package dev.headroom.simulator.input;

/** Refuses inputs that nest so deeply that reading them would exhaust the stack. */
final class Nesting {
    /** Deeper than any configuration, shallow enough for any stack. */
    private static final int LIMIT = 100;

    private Nesting() {}

    static void check(Place place, int depth) {
        if (depth > LIMIT) {
            throw new InputException(place, "nested more than " + LIMIT + " levels deep");
        }
    }
}
