package dev.headroom.simulator.calibration;

import org.apache.commons.math3.distribution.TDistribution;

/**
 * An estimate and its confidence interval [bytes].
 *
 * <pre>  estimate ± t · standard error </pre>
 *
 * <p>t is the quantile of Student's distribution with the fit's degrees of freedom that leaves half of 1 − confidence above.
 */
public record Interval(double estimate, double low, double high) {
    /** How often such an interval has the true value. */
    public static final double CONFIDENCE = 0.95;

    /**
     * @param degreesOfFreedom records minus fitted constants; at least 1
     */
    static Interval of(double estimate, double standardError, int degreesOfFreedom) {
        double t = new TDistribution(degreesOfFreedom).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
        return new Interval(estimate, estimate - t * standardError, estimate + t * standardError);
    }

    /** That of an equal share. */
    Interval dividedBy(int parts) {
        return new Interval(estimate / parts, low / parts, high / parts);
    }
}
