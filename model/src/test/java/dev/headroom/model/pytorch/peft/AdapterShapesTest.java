package dev.headroom.model.pytorch.peft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The shapes that PEFT derives from a layer's sides. */
final class AdapterShapesTest {
    @Test
    void smallerFactor_ofSides_isTheDivisorNearestToTheSquareRoot() {
        assertThat(LokrAdapter.smallerFactor(256)).isEqualTo(16);
        assertThat(LokrAdapter.smallerFactor(128)).isEqualTo(8);
        assertThat(LokrAdapter.smallerFactor(5632)).isEqualTo(64);
        assertThat(LokrAdapter.smallerFactor(127)).isEqualTo(1);
    }

    @Test
    void nearestDivisor_blockSizeDivides_isTheBlockSize() {
        assertThat(OftAdapter.nearestDivisor(2048, 32)).isEqualTo(32);
    }

    @Test
    void nearestDivisor_blockSizeDoesNotDivide_isTheNearestOneTheSmallerOfTwo() {
        assertThat(OftAdapter.nearestDivisor(896, 30)).isEqualTo(28);
        assertThat(OftAdapter.nearestDivisor(36, 15)).isEqualTo(12);
        assertThat(OftAdapter.nearestDivisor(16, 32)).isEqualTo(16);
    }
}
