package dev.headroom.simulator.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers in tables are rounded half up, and never say more than they know. */
final class UnitTest {
    @ParameterizedTest(name = "{0} B is {1} GB and {2} GiB")
    @CsvSource({
        "0, 0.00, 0.00",
        "1, 0.00, 0.00",
        "5000000, 0.01, 0.00",
        "4999999, 0.00, 0.00",
        "999995000, 1.00, 0.93",
        "1073741824, 1.07, 1.00",
        "-1073741824, -1.07, -1.00",
        "-1, 0.00, 0.00",
        "85899345920, 85.90, 80.00",
        "9223372036854775807, 9223372036.85, 8589934592.00",
    })
    void of_bytes_hasTwoDecimals(long bytes, String gb, String gib) {
        assertThat(Unit.GB.of(bytes)).isEqualTo(gb);
        assertThat(Unit.GIB.of(bytes)).isEqualTo(gib);
    }

    @ParameterizedTest(name = "{0} B is {1} or {2}")
    @CsvSource({
        "0, 0.00 GB, 0.00 GiB",
        "128, 128 B, 128 B",
        "16384, 16.38 kB, 16.00 KiB",
        "2883584, 2.88 MB, 2.75 MiB",
        "92274688, 0.09 GB, 0.09 GiB",
        "-2883584, -2.88 MB, -2.75 MiB",
    })
    void labelled_fewBytes_haveASmallerUnit(long bytes, String decimal, String binary) {
        assertThat(Unit.GB.labelled(bytes)).isEqualTo(decimal);
        assertThat(Unit.GIB.labelled(bytes)).isEqualTo(binary);
    }

    @Test
    void numbers_forPeople_areGroupedAndRounded() {
        assertThat(Numbers.grouped(-1234567)).isEqualTo("-1,234,567");
        assertThat(Numbers.grouped(123)).isEqualTo("123");
        assertThat(Numbers.percent(0.0439)).isEqualTo("4.39 %");
        assertThat(Numbers.percent(1)).isEqualTo("100.0 %");
        assertThat(Numbers.wholePercent(-0.052)).isEqualTo("-5 %");
        assertThat(Numbers.wholePercent(-0.001)).isEqualTo("0 %");
        assertThat(Numbers.decimalBytes(5_812_345)).isEqualTo("5.81 MB");
        assertThat(Numbers.decimalBytes(999.9)).isEqualTo("1.00 kB");
        assertThat(Numbers.decimalBytes(12)).isEqualTo("12 B");
    }
}
