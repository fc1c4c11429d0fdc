package dev.headroom.simulator.calibration;

import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ErrorStatistics;
import java.util.List;
import java.util.Map;

/**
 * What processes hold beside their arrays, fitted to records.
 *
 * @param fits one for each platform, in the order of cards and runtimes
 * @param used records that the fits are made of, those held out included
 * @param leftOut why other records tell nothing, and how many
 */
public record Calibration(List<Fit> fits, int used, Map<String, Integer> leftOut) {
    public Calibration {
        fits = List.copyOf(fits);
    }

    /**
     * The fit of one platform.
     *
     * @param platform where it holds
     * @param overhead what is used in predictions from now on
     * @param constants each constant
     * @param records records it was fitted to
     * @param heldOut predicted against measured process, of the records it was not fitted to
     * @param builtIn the same with the constants that Headroom comes with
     * @param builtInCard the card that those were measured on
     */
    public record Fit(
            Platform platform,
            ProcessOverhead overhead,
            List<FittedConstant> constants,
            int records,
            List<Comparison> heldOut,
            List<Comparison> builtIn,
            String builtInCard) {
        public Fit {
            constants = List.copyOf(constants);
            heldOut = List.copyOf(heldOut);
            builtIn = List.copyOf(builtIn);
        }

        /** The largest difference of a record that was held out [bytes]. */
        public static long largestDifference(List<Comparison> comparisons) {
            return comparisons.stream()
                    .mapToLong(comparison -> Math.abs(comparison.difference()))
                    .max()
                    .orElse(0);
        }

        /** Errors of the records that were held out. */
        public ErrorStatistics heldOutErrors() {
            return ErrorStatistics.of(heldOut);
        }
    }
}
