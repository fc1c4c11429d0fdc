package dev.headroom.model.explain;

/**
 * Where a number or rule is known from.
 *
 * @param kind how it is known
 * @param citation version and file, paper and equation, or measured run
 */
public record Source(Kind kind, String citation) {
    /** How something is known. */
    public enum Kind {
        PAPER,
        SOURCE_CODE,
        MEASURED,
        ASSUMPTION
    }

    @Override
    public String toString() {
        return citation;
    }
}
