package dev.headroom.simulator.report;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.whatif.Axis;
import dev.headroom.simulator.whatif.Fit;
import dev.headroom.simulator.whatif.SweepRow;
import dev.headroom.simulator.whatif.SweepRow.Figures;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Writes rows of a sweep as CSV or as JSON, one object a line. Safe for use by several threads. */
public final class SweepText {
    private static final List<String> FIGURES = List.of(
            "reading",
            "status",
            "peakAllocatedBytes",
            "peakReservedBytes",
            "processAtLeastBytes",
            "processAtMostBytes",
            "fits",
            "message");

    private final List<Axis> axes;
    private final boolean json;
    private final boolean[] numeric;

    private SweepText(List<Axis> axes, boolean json) {
        this.axes = List.copyOf(axes);
        this.json = json;
        this.numeric = new boolean[axes.size()];
        for (int i = 0; i < numeric.length; i++) {
            Optional<JobKey.Type> type = axes.get(i).key().map(JobKey::type);
            numeric[i] = type.filter(found -> found == JobKey.Type.WHOLE || found == JobKey.Type.OPTIONAL_WHOLE)
                    .isPresent();
        }
    }

    /** CSV (RFC 4180, with line feeds), a column for each axis first. */
    public static SweepText csv(List<Axis> axes) {
        return new SweepText(axes, false);
    }

    /** JSON lines. */
    public static SweepText jsonLines(List<Axis> axes) {
        return new SweepText(axes, true);
    }

    /** What comes before the rows. */
    public byte[] header() {
        StringBuilder text = new StringBuilder();
        if (!json) {
            for (Axis axis : axes) {
                text.append(axis.name()).append(',');
            }
            text.append(String.join(",", FIGURES)).append('\n');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Some rows. */
    public byte[] rows(List<SweepRow> rows) {
        StringBuilder text = new StringBuilder(128 * rows.size());
        for (SweepRow row : rows) {
            if (json) {
                object(text, row);
            } else {
                record(text, row);
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void record(StringBuilder text, SweepRow row) {
        for (String value : row.values()) {
            field(text, value);
            text.append(',');
        }
        text.append(row.reading().id()).append(',').append(row.status().id()).append(',');
        if (row.figures().isPresent()) {
            Figures figures = row.figures().get();
            text.append(figures.peakAllocated()).append(',');
            if (figures.peakReserved().isPresent()) {
                text.append(figures.peakReserved().getAsLong());
            }
            text.append(',').append(figures.processAtLeast());
            text.append(',').append(figures.processAtMost());
            text.append(',').append(figures.fit().id()).append(',');
        } else {
            text.append(",,,,,");
        }
        field(text, row.message());
        text.append('\n');
    }

    private static void field(StringBuilder text, String value) {
        boolean plain = true;
        for (int i = 0; plain && i < value.length(); i++) {
            char c = value.charAt(i);
            plain = c != ',' && c != '"' && c != '\n' && c != '\r';
        }
        if (plain) {
            text.append(value);
        } else {
            text.append('"').append(value.replace("\"", "\"\"")).append('"');
        }
    }

    private void object(StringBuilder text, SweepRow row) {
        text.append('{');
        for (int i = 0; i < numeric.length; i++) {
            String value = row.values().get(i);
            name(text, axes.get(i).name());
            if (numeric[i] && isNumber(value)) {
                text.append(value);
            } else {
                quoted(text, value);
            }
            text.append(',');
        }
        name(text, "reading");
        quoted(text, row.reading().id());
        text.append(',');
        name(text, "status");
        quoted(text, row.status().id());
        row.figures().ifPresent(figures -> figures(text, figures));
        if (!row.message().isEmpty()) {
            text.append(',');
            name(text, "message");
            quoted(text, row.message());
        }
        text.append("}\n");
    }

    private static void figures(StringBuilder text, Figures figures) {
        text.append(",\"peakAllocatedBytes\":").append(figures.peakAllocated());
        figures.peakReserved()
                .ifPresent(reserved -> text.append(",\"peakReservedBytes\":").append(reserved));
        text.append(",\"processAtLeastBytes\":").append(figures.processAtLeast());
        text.append(",\"processAtMostBytes\":").append(figures.processAtMost());
        if (figures.fit() != Fit.NOT_ASKED) {
            text.append(",\"fits\":")
                    .append(figures.fit() == Fit.UNSURE ? "null" : figures.fit().id());
        }
    }

    private static boolean isNumber(String value) {
        return !value.isEmpty() && value.length() < 10 && value.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static void name(StringBuilder text, String name) {
        text.append('"').append(name).append("\":");
    }

    private static void quoted(StringBuilder text, String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c == '\n') {
                text.append("\\n");
            } else if (c < ' ') {
                text.append("\\u%04x".formatted((int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
