package dev.headroom.model.pytorch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.quantity.Extent;
import org.junit.jupiter.api.Test;

/** Scratch that was recorded on an H100. */
final class RadixSortTest {
    @Test
    void scratch_fewKeys_isOneByte() {
        assertThat(RadixSort.scratch(Extent.of(2048), Extent.of(512)).value()).isEqualTo(1);
    }

    @Test
    void scratch_ofPositionsInTwoPasses_isAsRecorded() {
        assertThat(RadixSort.scratch(Extent.of(4096), Extent.of(4096)).value()).isEqualTo(71_167);
        assertThat(RadixSort.scratch(Extent.of(4000), Extent.of(1000)).value()).isEqualTo(69_631);
    }
}
