package dev.headroom.simulator.chart;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The ground a chart is drawn for. */
public enum Theme {
    /** As the reader's system prefers; a picture of pixels is light. */
    AUTO,
    LIGHT,
    DARK;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Theme> parse(String word) {
        return Arrays.stream(values()).filter(theme -> theme.id().equals(word)).findFirst();
    }

    /** The words {@link #parse} understands. */
    public static List<String> words() {
        return Arrays.stream(values()).map(Theme::id).toList();
    }
}
