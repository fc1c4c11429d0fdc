package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Errors are what every claim of accuracy rests on: their statistics are recomputed here from named inputs. */
final class ErrorStatisticsTest {
    private static final double ROUNDING = 1e-15;
    private static final long MEASURED = 1_000_000;

    @ParameterizedTest(name = "{0} predicted for {1} measured is off by {2}")
    @CsvSource({
        "110, 100,  0.1",
        " 90, 100, -0.1",
        "100, 100,  0",
        "  0,   0,  0",
        "  5,   0,  Infinity",
    })
    void errorRatio_isSignedAndRelativeToMeasured(long predicted, long measured, double expected) {
        assertThat(new Comparison(predicted, measured).errorRatio()).isEqualTo(expected);
    }

    @Test
    void of_fiveErrors_interpolatesQuantilesBetweenSortedErrors() {
        double exact = 0;
        double hundredthPercent = 1e-4;
        double tenthPercent = 1e-3;
        double onePercent = 1e-2;
        double fivePercent = 5e-2;

        ErrorStatistics statistics = ErrorStatistics.of(
                List.of(off(-fivePercent), off(exact), off(tenthPercent), off(-hundredthPercent), off(onePercent)));

        // Position q·(n − 1) with n = 5: 2 for the median, 3.6 for the 90th and 3.8 for the 95th percentile.
        assertThat(statistics.count()).isEqualTo(5);
        assertThat(statistics.median()).isEqualTo(tenthPercent, within(ROUNDING));
        assertThat(statistics.p90()).isEqualTo(onePercent + 0.6 * (fivePercent - onePercent), within(ROUNDING));
        assertThat(statistics.p95()).isEqualTo(onePercent + 0.8 * (fivePercent - onePercent), within(ROUNDING));
        assertThat(statistics.max()).isEqualTo(fivePercent, within(ROUNDING));
        assertThat(statistics.equalToTheByte()).isEqualTo(1.0 / 5);
        assertThat(statistics.withinHundredthPercent()).isEqualTo(2.0 / 5);
        assertThat(statistics.withinTenthPercent()).isEqualTo(3.0 / 5);
    }

    @Test
    void of_oneByteInAHundredGigabytes_isNotEqualToTheByte() {
        long measured = 100_000_000_000L;

        ErrorStatistics statistics = ErrorStatistics.of(List.of(new Comparison(measured + 1, measured)));

        assertThat(statistics.equalToTheByte()).isZero();
        assertThat(statistics.withinHundredthPercent()).isEqualTo(1);
        assertThat(statistics.max()).isEqualTo(1.0 / measured);
    }

    @Test
    void of_order_doesNotMatter() {
        List<Comparison> comparisons = new ArrayList<>(List.of(off(0.3), off(0.1), off(-0.2), off(0)));
        ErrorStatistics one = ErrorStatistics.of(comparisons);
        comparisons.add(comparisons.remove(0));

        assertThat(ErrorStatistics.of(comparisons)).isEqualTo(one);
    }

    @Test
    void of_nothing_isNotANumber() {
        ErrorStatistics statistics = ErrorStatistics.of(List.of());

        assertThat(statistics.count()).isZero();
        assertThat(List.of(
                        statistics.median(),
                        statistics.p90(),
                        statistics.p95(),
                        statistics.max(),
                        statistics.equalToTheByte(),
                        statistics.withinTenthPercent()))
                .allMatch(value -> value.isNaN());
    }

    private static Comparison off(double errorRatio) {
        return new Comparison(MEASURED + Math.round(errorRatio * MEASURED), MEASURED);
    }
}
