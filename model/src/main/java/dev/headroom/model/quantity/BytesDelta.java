package dev.headroom.model.quantity;

/** A whole number of bytes that one amount has more than another; negative if it has less. */
public record BytesDelta(long count) implements Comparable<BytesDelta> {
    /** {@code first − second}. */
    public static BytesDelta between(Bytes first, Bytes second) {
        return new BytesDelta(Math.subtractExact(first.count(), second.count()));
    }

    /** How many bytes the two differ by, whichever has more. */
    public Bytes magnitude() {
        return new Bytes(Math.abs(count));
    }

    @Override
    public int compareTo(BytesDelta other) {
        return Long.compare(count, other.count);
    }
}
