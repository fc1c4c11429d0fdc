package dev.headroom.model.quantity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The length of one tensor dimension: its value in this job, and the polynomial in b, s and the rank that gives it
 * for every other job of the same regime.
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

    /** r, the rank of an adapter. */
    public static Extent rank(long value) {
        return new Extent(value, Polynomial.RANK);
    }

    /** A length that follows no polynomial. */
    public static Extent stepwise(long value, StepFunction step) {
        return new Extent(value, Polynomial.of(step));
    }

    /** Whether it is the same in every job, whatever its batch and rank. */
    public boolean isConstant() {
        return polynomial.isConstant();
    }

    /** The same dimension in a job of other sizes. */
    Extent at(long b, long s, long rank) {
        Polynomial ranked = polynomial.ofRank(rank);
        return new Extent(ranked.at(b, s), ranked);
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
     * The largest of several lengths.
     *
     * @param extents at least one
     */
    public static Extent largest(Collection<Extent> extents) {
        List<Extent> candidates = new ArrayList<>();
        for (Extent extent : extents) {
            if (candidates.stream().noneMatch(one -> one.polynomial.dominates(extent.polynomial))) {
                candidates.removeIf(one -> extent.polynomial.dominates(one.polynomial));
                candidates.add(extent);
            }
        }
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        return stepwise(
                candidates.stream().mapToLong(Extent::value).max().orElseThrow(),
                new Largest(candidates.stream().map(Extent::polynomial).toList()));
    }

    private record Largest(List<Polynomial> arguments) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return arguments.stream().mapToLong(one -> one.at(b, s)).max().orElseThrow();
        }

        @Override
        public Polynomial of(List<Polynomial> others) {
            return Polynomial.of(new Largest(others));
        }

        @Override
        public String toString() {
            return "max" + arguments;
        }
    }

    /** How many parts of {@code divisor} cover it. */
    public Extent dividedRoundingUpBy(long divisor) {
        long parts = Math.addExact(value, divisor - 1) / divisor;
        return isConstant() ? of(parts) : stepwise(parts, new RoundedUp(polynomial, divisor));
    }

    private record RoundedUp(Polynomial dividend, long divisor) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return Math.addExact(dividend.at(b, s), divisor - 1) / divisor;
        }

        @Override
        public List<Polynomial> arguments() {
            return List.of(dividend);
        }

        @Override
        public Polynomial of(List<Polynomial> arguments) {
            return Polynomial.of(new RoundedUp(arguments.get(0), divisor));
        }

        @Override
        public String toString() {
            return "⌈(%s)/%d⌉".formatted(dividend, divisor);
        }
    }

    /**
     * @throws ArithmeticException if the division leaves a remainder
     */
    public Extent dividedExactlyBy(long divisor) {
        return new Extent(value / divisor, polynomial.dividedExactlyBy(divisor));
    }
}
