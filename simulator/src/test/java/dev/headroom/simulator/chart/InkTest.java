package dev.headroom.simulator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Colours can be told apart and read. */
final class InkTest {
    /** Least contrast of text (WCAG 2.1, 1.4.3, level AA). */
    private static final double TEXT_CONTRAST = 4.5;

    private static int of(Ink ink, boolean dark) {
        return dark ? ink.dark() : ink.light();
    }

    @ParameterizedTest(name = "dark: {0}")
    @ValueSource(booleans = {false, true})
    void text_everyGround_hasEnoughContrast(boolean dark) {
        for (Ink ink : List.of(Ink.TEXT, Ink.MUTED, Ink.LIMIT)) {
            assertThat(contrast(of(ink, dark), of(Ink.GROUND, dark)))
                    .as(ink.id())
                    .isGreaterThan(TEXT_CONTRAST);
        }
    }

    @Test
    void all_everyInk_hasColoursOfItsOwn() {
        Set<Integer> light = new HashSet<>();
        Set<Integer> dark = new HashSet<>();

        assertThat(Ink.all()).allMatch(ink -> light.add(ink.light()) && dark.add(ink.dark()));
    }

    private static double contrast(int one, int other) {
        double a = luminance(one);
        double b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    /** Relative luminance, as WCAG 2.1 defines it. */
    private static double luminance(int rgb) {
        return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8) + 0.0722 * linear(rgb);
    }

    private static double linear(int channel) {
        double share = (channel & 0xFF) / 255.0;
        return share <= 0.03928 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }
}
