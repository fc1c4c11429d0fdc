package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.simulator.whatif.JobDiff;
import dev.headroom.simulator.whatif.JobDiff.Row;
import dev.headroom.simulator.whatif.JobDiff.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Two jobs row by row.
 *
 * @param diff the comparison
 */
public record DiffReport(JobDiff diff) implements Report {
    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        long delta = diff.answers().get(2).delta().count();
        document.paragraph(
                delta == 0
                        ? "Both take %s."
                                .formatted(unit.labelled(diff.first().process().count()))
                        : "The first takes %s %s than the second: %s against %s."
                                .formatted(
                                        unit.labelled(Math.abs(delta)),
                                        delta > 0 ? "more" : "less",
                                        unit.labelled(diff.first().process().count()),
                                        unit.labelled(diff.second().process().count())));
        if (!diff.settings().isEmpty()) {
            document.heading("What was asked for");
            TextTable settings =
                    new TextTable("key", "first", "second").left(1, true).left(2, true);
            for (Setting setting : diff.settings()) {
                settings.row(setting.key(), shown(setting.first()), shown(setting.second()));
            }
            document.table(settings);
        }
        document.heading("The answers [%s]".formatted(unit.label()));
        document.table(table(diff.answers(), unit));
        document.heading("At the peaks, the biggest change first [%s]".formatted(unit.label()));
        document.table(table(diff.rows(), unit));
        document.paragraph("The first's peak: " + EstimateReport.peak(diff.first()));
        document.paragraph("The second's peak: " + EstimateReport.peak(diff.second()));
        return document.paragraph(JobText.stack(diff.first().job()));
    }

    private static String shown(String value) {
        return value.isEmpty() ? "–" : value;
    }

    private static TextTable table(List<Row> rows, Unit unit) {
        TextTable table = new TextTable("row", "first", "second", "first − second", "bytes");
        for (Row row : rows) {
            add(table, row, "", unit);
            for (Row child : row.children()) {
                if (row.children().size() > 1 && child.delta().count() != 0) {
                    add(table, child, "  ", unit);
                }
            }
        }
        return table;
    }

    private static void add(TextTable table, Row row, String indent, Unit unit) {
        long delta = row.delta().count();
        table.row(
                indent + row.label(),
                unit.of(row.first().count()),
                unit.of(row.second().count()),
                (delta > 0 ? "+" : "") + unit.of(delta),
                (delta > 0 ? "+" : "") + Numbers.grouped(delta));
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            json.writeFieldName("first");
            json.writeStartObject();
            JsonText.job(json, diff.first().job().job());
            AnswersJson.write(json, diff.first().answers());
            json.writeEndObject();
            json.writeFieldName("second");
            json.writeStartObject();
            JsonText.job(json, diff.second().job().job());
            AnswersJson.write(json, diff.second().answers());
            json.writeEndObject();
            json.writeArrayFieldStart("settings");
            for (Setting setting : diff.settings()) {
                json.writeStartObject();
                json.writeStringField("key", setting.key());
                json.writeStringField("first", setting.first());
                json.writeStringField("second", setting.second());
                json.writeEndObject();
            }
            json.writeEndArray();
            rows(json, "answers", diff.answers());
            rows(json, "rows", diff.rows());
        });
    }

    private static void rows(JsonGenerator json, String key, List<Row> rows) throws IOException {
        json.writeArrayFieldStart(key);
        for (Row row : rows) {
            json.writeStartObject();
            json.writeStringField("row", row.id());
            json.writeNumberField("firstBytes", row.first().count());
            json.writeNumberField("secondBytes", row.second().count());
            json.writeNumberField("deltaBytes", row.delta().count());
            if (!row.children().isEmpty()) {
                rows(json, "children", row.children());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("row", "firstBytes", "secondBytes", "deltaBytes"));
        csv(rows, "", diff.answers());
        csv(rows, "breakdown/", diff.rows());
        return CsvText.of(rows);
    }

    private static void csv(List<List<String>> lines, String path, List<Row> rows) {
        for (Row row : rows) {
            lines.add(List.of(
                    path + row.id(),
                    Long.toString(row.first().count()),
                    Long.toString(row.second().count()),
                    Long.toString(row.delta().count())));
            csv(lines, path + row.id() + "/", row.children());
        }
    }
}
