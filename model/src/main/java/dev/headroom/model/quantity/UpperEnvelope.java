package dev.headroom.model.quantity;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The largest of several polynomials, made to be evaluated millions of times: each product of symbols is computed once. */
public final class UpperEnvelope {
    /** Products of symbols that occur in any polynomial. */
    private final int[] monomials;

    /** Step functions that occur in any polynomial. */
    private final StepFunction[] steps;

    /** Coefficients by polynomial, then by monomial and step function. */
    private final long[][] coefficients;

    /**
     * @param polynomials at least one
     */
    public UpperEnvelope(List<Polynomial> polynomials) {
        if (polynomials.isEmpty()) {
            throw new IllegalArgumentException("polynomials must not be empty");
        }
        TreeSet<Integer> occurring = new TreeSet<>();
        Set<StepFunction> occurringSteps = new LinkedHashSet<>();
        for (Polynomial polynomial : polynomials) {
            occurringSteps.addAll(polynomial.steps());
            for (int monomial : polynomial.monomials()) {
                occurring.add(monomial);
            }
        }
        this.monomials = occurring.stream().mapToInt(Integer::intValue).toArray();
        this.steps = occurringSteps.toArray(StepFunction[]::new);
        this.coefficients = polynomials.stream().map(this::aligned).toArray(long[][]::new);
    }

    private long[] aligned(Polynomial polynomial) {
        long[] row = new long[monomials.length + steps.length];
        for (int i = 0; i < monomials.length; i++) {
            row[i] = polynomial.coefficientOf(monomials[i]);
        }
        for (int i = 0; i < steps.length; i++) {
            row[monomials.length + i] = polynomial.factorOf(steps[i]);
        }
        return row;
    }

    /**
     * The largest value at a micro-batch of {@code b} sequences of {@code s} tokens.
     *
     * @throws ArithmeticException if a value exceeds 2^63
     */
    public long at(long b, long s) {
        long[] products = new long[monomials.length + steps.length];
        for (int i = 0; i < monomials.length; i++) {
            products[i] = Polynomial.product(monomials[i], b, s);
        }
        for (int i = 0; i < steps.length; i++) {
            products[monomials.length + i] = steps[i].at(b, s);
        }
        long largest = Long.MIN_VALUE;
        for (long[] row : coefficients) {
            long sum = 0;
            for (int i = 0; i < row.length; i++) {
                if (row[i] != 0) {
                    sum = Math.addExact(sum, Math.multiplyExact(row[i], products[i]));
                }
            }
            largest = Math.max(largest, sum);
        }
        return largest;
    }
}
