package dev.headroom.model.quantity;

import java.util.List;

/**
 * A number of bytes, elements or blocks that follows no polynomial in b and s, such as over how many thread blocks a kernel
 * splits a sum. Implementations are records: two are equal if they give the same number everywhere, and {@code toString}
 * is how a formula shows them.
 */
public interface StepFunction {
    /**
     * The number for a micro-batch of {@code b} sequences of {@code s} tokens; never negative.
     *
     * @throws ArithmeticException if a size exceeds 2^63
     * @throws IllegalStateException if it depends on a rank
     */
    long at(long b, long s);

    /** The polynomials it is a function of, if the rank of an adapter may occur in them. */
    default List<Polynomial> arguments() {
        return List.of();
    }

    /** The same function of others. */
    default Polynomial of(List<Polynomial> arguments) {
        return Polynomial.of(this);
    }
}
