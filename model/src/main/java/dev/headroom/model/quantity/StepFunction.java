package dev.headroom.model.quantity;

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
     */
    long at(long b, long s);
}
