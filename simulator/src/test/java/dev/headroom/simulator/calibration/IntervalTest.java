package dev.headroom.simulator.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quantiles of Student's distribution are those of any statistical table. */
final class IntervalTest {
    @ParameterizedTest(name = "{0} degrees of freedom")
    @CsvSource({"1, 12.706", "5, 2.571", "10, 2.228", "100, 1.984"})
    void of_fivePercentOutside_isTheTablesQuantile(int degreesOfFreedom, double quantile) {
        Interval interval = Interval.of(1000, 10, degreesOfFreedom);

        assertThat(interval.high()).isCloseTo(1000 + 10 * quantile, within(0.01));
        assertThat(interval.low()).isCloseTo(1000 - 10 * quantile, within(0.01));
    }
}
