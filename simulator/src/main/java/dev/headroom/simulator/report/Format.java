package dev.headroom.simulator.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a result is written. */
public enum Format {
    TABLE,
    JSON,
    CSV,
    MARKDOWN;

    /** The word used on the command line. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Format> parse(String word) {
        for (Format format : values()) {
            if (format.id().equals(word)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The words {@link #parse} understands. */
    public static List<String> words() {
        return List.of(TABLE.id(), JSON.id(), CSV.id(), MARKDOWN.id());
    }
}
