package dev.headroom.model.quantity;

import java.util.Locale;

/** A whole, non-negative number of bytes. Arithmetic is exact: it throws on overflow, never wraps. */
public record Bytes(long count) implements Comparable<Bytes> {
    public static final Bytes ZERO = new Bytes(0);

    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final long GIB = 1024 * MIB;

    /**
     * @throws IllegalArgumentException if {@code count} is negative
     */
    public Bytes {
        if (count < 0) {
            throw new IllegalArgumentException("count (%d) must not be negative".formatted(count));
        }
    }

    /** {@code mebibytes} times 2^20 bytes. */
    public static Bytes ofMebibytes(long mebibytes) {
        return new Bytes(Math.multiplyExact(mebibytes, MIB));
    }

    /** Storage for {@code elements} values of {@code bits} bits each, rounded up to whole bytes. */
    public static Bytes ofElements(long elements, int bits) {
        return new Bytes(Math.addExact(Math.multiplyExact(elements, (long) bits), 7) / 8);
    }

    public Bytes plus(Bytes other) {
        return new Bytes(Math.addExact(count, other.count));
    }

    /**
     * {@code this − other}.
     *
     * @throws IllegalArgumentException if {@code other} is larger
     */
    public Bytes minus(Bytes other) {
        return new Bytes(Math.subtractExact(count, other.count));
    }

    /** Rounds up to a multiple of {@code granularity}, as a caching allocator does. */
    public Bytes roundUpTo(Bytes granularity) {
        long blocks = Math.addExact(count, granularity.count - 1) / granularity.count;
        return new Bytes(Math.multiplyExact(blocks, granularity.count));
    }

    public static Bytes max(Bytes a, Bytes b) {
        return a.count >= b.count ? a : b;
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(count, other.count);
    }

    /** For people and exact: {@code 23.64 GiB (25383182336 B)}. */
    @Override
    public String toString() {
        if (count < KIB) {
            return count + " B";
        }
        String unit = count >= GIB ? "GiB" : count >= MIB ? "MiB" : "KiB";
        long scale = count >= GIB ? GIB : count >= MIB ? MIB : KIB;
        return String.format(Locale.ROOT, "%.2f %s (%d B)", (double) count / scale, unit, count);
    }
}
