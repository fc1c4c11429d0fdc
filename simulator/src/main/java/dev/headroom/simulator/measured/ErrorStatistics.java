package dev.headroom.simulator.measured;

import java.util.Arrays;
import java.util.Collection;
import org.apache.commons.math3.stat.descriptive.rank.Percentile;
import org.apache.commons.math3.stat.descriptive.rank.Percentile.EstimationType;

/**
 * How far predictions are off: statistics of |predicted − measured| / measured, all as ratios (0.01 is 1 %). Without any
 * comparison they are all NaN.
 *
 * <p>Quantiles interpolate linearly between the sorted errors, at position q·(n − 1) counted from 0: type 7 of Hyndman and
 * Fan, Sample Quantiles in Statistical Packages, 1996.
 *
 * @param count how many figures were compared
 * @param median half the errors are at most this
 * @param p90 nine tenths of the errors are at most this
 * @param p95 19 of 20 errors are at most this
 * @param max the largest error
 * @param equalToTheByte share of figures predicted exactly
 * @param withinHundredthPercent share of figures off by at most 0.01 %
 * @param withinTenthPercent share of figures off by at most 0.1 %
 */
public record ErrorStatistics(
        int count,
        double median,
        double p90,
        double p95,
        double max,
        double equalToTheByte,
        double withinHundredthPercent,
        double withinTenthPercent) {

    public static ErrorStatistics of(Collection<Comparison> comparisons) {
        double[] errors = comparisons.stream()
                .mapToDouble(comparison -> Math.abs(comparison.errorRatio()))
                .toArray();
        Percentile percentile = new Percentile().withEstimationType(EstimationType.R_7);
        percentile.setData(errors);
        return new ErrorStatistics(
                errors.length,
                percentile.evaluate(50),
                percentile.evaluate(90),
                percentile.evaluate(95),
                percentile.evaluate(100),
                share(errors, 0),
                share(errors, 1e-4),
                share(errors, 1e-3));
    }

    private static double share(double[] errors, double limit) {
        return (double) Arrays.stream(errors).filter(error -> error <= limit).count() / errors.length;
    }
}
