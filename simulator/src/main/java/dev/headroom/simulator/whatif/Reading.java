package dev.headroom.simulator.whatif;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How the step program of a job is read. */
public enum Reading {
    /** The peak as polynomials in b and s: requested bytes, exact, in a microsecond; reserved memory only within bounds. */
    ANALYTIC,
    /** Every allocation through the allocator's model: all three answers exact, in milliseconds. */
    REPLAY;

    /** The word used on the command line and in rows. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Reading> parse(String word) {
        return Arrays.stream(values())
                .filter(reading -> reading.id().equals(word))
                .findFirst();
    }

    /** The words {@link #parse} understands. */
    public static List<String> words() {
        return Arrays.stream(values()).map(Reading::id).toList();
    }
}
