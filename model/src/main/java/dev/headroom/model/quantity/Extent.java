package dev.headroom.model.quantity;

/**
 * The length of one tensor dimension: its value in this job, and the polynomial in b and s that gives it for every
 * other job of the same regime.
 */
public record Extent(long value, Polynomial polynomial) {
    public static final Extent ONE = of(1);

    public static Extent of(long constant) {
        return new Extent(constant, Polynomial.constant(constant));
    }

    /** b, the micro-batch [sequences]. */
    public static Extent batch(long value) {
        return new Extent(value, Polynomial.BATCH);
    }

    /** s, the sequence length [tokens]. */
    public static Extent sequence(long value) {
        return new Extent(value, Polynomial.SEQUENCE);
    }

    /** A length that follows no polynomial. */
    public static Extent stepwise(long value, StepFunction step) {
        return new Extent(value, Polynomial.of(step));
    }

    /** Whether it is the same in every job, whatever its batch. */
    public boolean isConstant() {
        return polynomial.isConstant();
    }

    /** How many tiles of 8, 32, 64 or 128 tokens cover a length that is s or a constant. */
    public Extent sequenceTiles(int size) {
        long tiles = Math.addExact(value, size - 1L) / size;
        return polynomial.isConstant() ? of(tiles) : new Extent(tiles, Polynomial.sequenceTiles(size));
    }

    /** Whether this is the constant 1, for every job of the regime. */
    public boolean isOne() {
        return equals(ONE);
    }

    public Extent plus(Extent other) {
        return new Extent(Math.addExact(value, other.value), polynomial.plus(other.polynomial));
    }

    public Extent minus(Extent other) {
        return new Extent(Math.subtractExact(value, other.value), polynomial.minus(other.polynomial));
    }

    public Extent times(Extent other) {
        return new Extent(Math.multiplyExact(value, other.value), polynomial.times(other.polynomial));
    }

    public Extent times(long factor) {
        return new Extent(Math.multiplyExact(value, factor), polynomial.times(factor));
    }

    /**
     * @throws ArithmeticException if the division leaves a remainder
     */
    public Extent dividedExactlyBy(long divisor) {
        return new Extent(value / divisor, polynomial.dividedExactlyBy(divisor));
    }
}
