package dev.headroom.simulator.measured;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A reconciliation as CSV: one line a row, or one line a figure. */
final class ReconciliationCsv {
    /** Columns that describe the job, and the facets that fill them. */
    private static final Map<String, String> JOB_COLUMNS = jobColumns();

    private ReconciliationCsv() {}

    private static Map<String, String> jobColumns() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("model", "model");
        columns.put("architecture", Selection.ARCHITECTURE);
        columns.put("method", "method.name");
        columns.put("rank", "method.rank");
        columns.put("targets", "method.targets");
        columns.put("dropout", "method.dropout");
        for (String key : List.of(
                "microBatch",
                "sequenceLength",
                "weightDtype",
                "autocastDtype",
                "attention",
                "checkpointing",
                "optimizer",
                "trainingLoop",
                "gradientAccumulation",
                "layersOverride",
                "paddedBatch",
                "useCache",
                "expandableSegments",
                Selection.GPU)) {
            columns.put(key, key);
        }
        return columns;
    }

    /** One line a row: the three answers. */
    static String rows(Reconciliation reconciliation) {
        List<String> header = new ArrayList<>(List.of("id", "file", "line", "status", "message"));
        header.addAll(JOB_COLUMNS.keySet());
        for (Quantity quantity : Quantity.values()) {
            header.add("predicted." + quantity.key());
            header.add("measured." + quantity.key());
            header.add("errorRatio." + quantity.id());
        }
        header.add("predicted.outOfMemory");
        header.add("measured.outOfMemory");
        List<List<String>> lines = new ArrayList<>();
        lines.add(header);
        for (ReconciledRun row : reconciliation.rows()) {
            List<String> line = new ArrayList<>(List.of(
                    row.id(),
                    row.origin().file(),
                    Long.toString(row.origin().line()),
                    row.status().id(),
                    row.message()));
            JOB_COLUMNS.values().forEach(facet -> line.add(row.facets().getOrDefault(facet, "")));
            for (Quantity quantity : Quantity.values()) {
                Comparison comparison = row.comparison(quantity);
                line.add(number(comparison.predicted()));
                line.add(number(comparison.measured()));
                line.add(ratio(comparison.errorRatio()));
            }
            line.add(row.predicted().outOfMemory().map(String::valueOf).orElse(""));
            line.add(row.measured().outOfMemory().map(String::valueOf).orElse(""));
            lines.add(line);
        }
        return write(lines);
    }

    /** One line a figure: the three answers, those before the first step, and those around each phase. */
    static String figures(Reconciliation reconciliation) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("id", "file", "line", "step", "figure", "predicted", "measured", "difference", "errorRatio"));
        for (ReconciledRun row : reconciliation.rows()) {
            for (Quantity quantity : Quantity.values()) {
                lines.add(figure(row, "", quantity.key(), row.comparison(quantity)));
            }
            row.afterLoad().forEach((key, comparison) -> lines.add(figure(row, "0", key, comparison)));
            for (int i = 0; i < row.steps().size(); i++) {
                String step = Integer.toString(i + 1);
                for (Map.Entry<Figure, Comparison> entry : row.steps().get(i).entrySet()) {
                    lines.add(figure(row, step, entry.getKey().key(), entry.getValue()));
                }
            }
        }
        return write(lines);
    }

    private static List<String> figure(ReconciledRun row, String step, String key, Comparison comparison) {
        return List.of(
                row.id(),
                row.origin().file(),
                Long.toString(row.origin().line()),
                step,
                key,
                number(comparison.predicted()),
                number(comparison.measured()),
                number(comparison.difference()),
                ratio(comparison.errorRatio()));
    }

    private static String number(OptionalLong number) {
        return number.isPresent() ? Long.toString(number.getAsLong()) : "";
    }

    private static String ratio(OptionalDouble ratio) {
        return ratio.isPresent() ? Double.toString(ratio.getAsDouble()) : "";
    }

    private static String write(List<List<String>> lines) {
        StringWriter text = new StringWriter();
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
            lines.forEach(csv::writeRecord);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
