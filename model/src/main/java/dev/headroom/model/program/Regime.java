package dev.headroom.model.program;

import dev.headroom.model.quantity.Polynomial;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The micro-batches b, sequence lengths s and ranks r for which every branch a program took would be taken again, so that
 * its polynomials hold. Frameworks branch on sizes: a batch of one is viewed where a larger one is copied, an embedding
 * gradient of few tokens is computed by another kernel.
 */
public final class Regime {
    /** Each condition {@code polynomial > 0} and whether it was true. */
    private final Map<Polynomial, Boolean> conditions = new LinkedHashMap<>();

    /** Decides {@code polynomial > 0} at (b, s, rank), and remembers the answer as a boundary of this regime. */
    public boolean decide(Polynomial polynomial, long b, long s, long rank) {
        boolean positive = polynomial.ofRank(rank).at(b, s) > 0;
        if (!polynomial.isConstant()) {
            conditions.put(polynomial, positive);
        }
        return positive;
    }

    /** Whether a job of micro-batch {@code b} and sequence length {@code s} takes the same branches. */
    public boolean contains(long b, long s) {
        for (Map.Entry<Polynomial, Boolean> condition : conditions.entrySet()) {
            if (condition.getKey().at(b, s) > 0 != condition.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a job that also has adapters of rank {@code rank} takes the same branches. */
    public boolean contains(long b, long s, long rank) {
        for (Map.Entry<Polynomial, Boolean> condition : conditions.entrySet()) {
            if (condition.getKey().ofRank(rank).at(b, s) > 0 != condition.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** Its part for adapters of rank {@code rank}, as conditions on b and s; there must be one. */
    Regime ofRank(long rank) {
        if (conditions.keySet().stream().noneMatch(Polynomial::dependsOnRank)) {
            return this;
        }
        Regime ranked = new Regime();
        conditions.forEach((condition, positive) -> {
            Polynomial inBatch = condition.ofRank(rank);
            if (!inBatch.isConstant()) {
                ranked.conditions.put(inBatch, positive);
            }
        });
        return ranked;
    }

    /** The conditions, such as {@code b - 1 > 0}, with the branch that was taken. */
    public Map<Polynomial, Boolean> conditions() {
        return Map.copyOf(conditions);
    }
}
