package dev.headroom.simulator.measured;

import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import java.util.Arrays;
import java.util.Collection;

/**
 * How far predictions are off: statistics of |predicted − measured| / measured, all as ratios (0.01 is 1 %).
 *
 * <p>Quantiles interpolate linearly between the sorted errors, at position q·(n − 1) counted from 0 (Hyndman and Fan's
 * type 7). Shares count rows, including those that measured zero.
 *
 * @param rows how many rows have both numbers
 * @param median half the errors are at most this
 * @param p90 nine tenths of the errors are at most this
 * @param p95 19 of 20 errors are at most this
 * @param max the largest error
 * @param equalToTheByte share of rows predicted exactly
 * @param withinHundredthPercent share of rows off by at most 0.01 %
 * @param withinTenthPercent share of rows off by at most 0.1 %
 * @param withinOnePercent share of rows off by at most 1 %
 */
public record ErrorStatistics(
        int rows,
        double median,
        double p90,
        double p95,
        double max,
        double equalToTheByte,
        double withinHundredthPercent,
        double withinTenthPercent,
        double withinOnePercent) {

    /** The statistics of those comparisons that have both numbers. */
    public static ErrorStatistics of(Collection<Comparison> comparisons) {
        double[] errors = comparisons.stream()
                .filter(Comparison::isComplete)
                .mapToDouble(ErrorStatistics::error)
                .sorted()
                .toArray();
        return new ErrorStatistics(
                errors.length,
                quantile(errors, 0.5),
                quantile(errors, 0.9),
                quantile(errors, 0.95),
                quantile(errors, 1),
                share(errors, 0),
                share(errors, 1e-4),
                share(errors, 1e-3),
                share(errors, 1e-2));
    }

    private static double error(Comparison comparison) {
        long difference = comparison.difference().orElseThrow();
        if (difference == 0) {
            return 0;
        }
        return Math.abs((double) difference / comparison.measured().getAsLong());
    }

    private static double quantile(double[] sorted, double q) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double position = q * (sorted.length - 1);
        int below = (int) Math.floor(position);
        int above = Math.min(below + 1, sorted.length - 1);
        double weight = position - below;
        return weight == 0 ? sorted[below] : sorted[below] + weight * (sorted[above] - sorted[below]);
    }

    private static double share(double[] errors, double limit) {
        if (errors.length == 0) {
            return Double.NaN;
        }
        return (double) Arrays.stream(errors).filter(error -> error <= limit).count() / errors.length;
    }
}
