package dev.headroom.model.pytorch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.quantity.Extent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scratch that was recorded on an H100. */
final class RadixSortTest {
    @Test
    void scratch_fewKeys_isOneByte() {
        assertThat(RadixSort.scratch(Extent.of(2048), Extent.of(512)).value()).isEqualTo(1);
    }

    @ParameterizedTest(name = "{0} keys of one byte take {1} B")
    @CsvSource({"4097, 4607", "6912, 4607", "6913, 5631", "38016, 13823", "38017, 14847", "10000019, 2966015"})
    void scratchOfBytes_oneBlockBefore_andBehindATile_isAsRecorded(long keys, long bytes) {
        assertThat(RadixSort.scratchOfBytes(Extent.of(keys)).value()).isEqualTo(bytes);
    }

    @Test
    void scratch_ofPositionsInTwoPasses_isAsRecorded() {
        assertThat(RadixSort.scratch(Extent.of(4096), Extent.of(4096)).value()).isEqualTo(71_167);
        assertThat(RadixSort.scratch(Extent.of(4000), Extent.of(1000)).value()).isEqualTo(69_631);
    }

    @Test
    void scratch_ofOnePass_needsNoSecondArray() {
        assertThat(RadixSort.scratch(Extent.of(2560), Extent.of(16)).value()).isEqualTo(3583);
    }
}
