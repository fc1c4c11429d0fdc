package dev.headroom.simulator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Axes: where numbers lie, and which are written. */
final class ScaleTest {
    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource({"0.3, 0.5", "1, 1", "1.1, 2", "2.2, 2.5", "3, 5", "7, 10", "30, 50"})
    void step_anyNumber_isTheNextRoundOne(double least, double step) {
        assertThat(Scale.step(least)).isEqualTo(step);
    }

    @Test
    void at_logarithmic_givesEqualRatiosEqualLengths() {
        Scale scale = Scale.logarithmic(1, 16, 0, 400);

        assertThat(scale.at(4.0)).isEqualTo(200);
        assertThat(scale.at(2.0)).isEqualTo(100);
    }

    @Test
    void ticks_linear_lieWithin() {
        assertThat(Scale.linear(0, 100, 0, 1).ticks(5)).containsExactly(0.0, 20.0, 40.0, 60.0, 80.0, 100.0);
    }

    @Test
    void ticks_logarithmic_arePowersOfTwo() {
        assertThat(Scale.logarithmic(500, 9000, 0, 1).ticks(8)).containsExactly(512.0, 1024.0, 2048.0, 4096.0, 8192.0);
    }
}
