package dev.headroom.simulator.report;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.Answer;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ErrorStatistics;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.measured.Reconciliation;
import dev.headroom.simulator.measured.SavedTensorCensus;
import dev.headroom.simulator.measured.Trait;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Predicted against measured: tables of errors, then the worst rows with what the model believes was alive.
 *
 * @param worst how many of the worst rows are shown, by reserved and by allocated bytes
 */
public record ReconciliationReport(Reconciliation reconciliation, int worst) implements Report {
    /** Job keys that describe a row in CSV. */
    private static final List<String> JOB_KEYS = List.of(
            "model",
            "method.name",
            "method.rank",
            "method.targets",
            "method.dropout",
            "microBatch",
            "sequenceLength",
            "weightDtype",
            "autocastDtype",
            "attention",
            "checkpointing",
            "optimizer",
            "gradientAccumulation",
            "trainingLoop");

    private static final List<String> NOT_ALIVE = List.of(Category.CACHED_FREE.id(), Category.PROCESS_OVERHEAD.id());

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        summary(document);
        if (!reconciliation.rows(Status.OK).isEmpty()) {
            document.heading("All predicted rows").table(errors("", Map.of("all", reconciliation)));
            for (Trait trait : Trait.values()) {
                document.heading("By " + trait.label()).table(errors(trait.label(), reconciliation.by(trait)));
            }
            TextTable phases = phases();
            if (!phases.isEmpty()) {
                document.heading("Figures within the steps").table(phases);
            }
        }
        CategoryTables.add(document, reconciliation);
        savedTensors(document);
        Map<String, Long> rules = reconciliation.missingRules();
        if (!rules.isEmpty()) {
            TextTable table = new TextTable("missing rule (a row may need several)", "rows");
            rules.forEach((rule, count) -> table.row(rule, Long.toString(count)));
            document.heading("Unsupported rows").table(table);
        }
        worst(document, "Worst rows by reserved bytes, the worst last", reconciliation.worst(Answer.RESERVED, worst));
        worst(document, "Worst rows by allocated bytes, the worst last", reconciliation.worst(Answer.ALLOCATED, worst));
        worst(document, "Wrong out-of-memory verdicts", reconciliation.outOfMemory(false));
        return document;
    }

    private void savedTensors(Document document) {
        List<ReconciledRun> rows = reconciliation.withCensus();
        if (rows.isEmpty()) {
            return;
        }
        List<ReconciledRun> different = rows.stream()
                .filter(row -> row.census().filter(SavedTensorCensus::isEqual).isEmpty())
                .toList();
        document.heading("Saved tensors")
                .paragraph(
                        "%s of %s rows: the tensors saved for backward in step 2 are those measured, by module, type and bytes."
                                .formatted(rows.size() - different.size(), rows.size()));
        for (ReconciledRun row : different) {
            document.paragraph("%s differs:".formatted(row.run().id()));
            row.census().ifPresent(census -> census.differences().forEach(document::point));
        }
    }

    private void summary(Document document) {
        long ranOut = reconciliation.rows(Status.OK).stream()
                .filter(row -> row.measured().outOfMemory().orElse(false))
                .count();
        document.heading("Predicted against measured")
                .paragraph("%s rows: %s predicted, %s unsupported, %s invalid."
                        .formatted(
                                reconciliation.rows().size(),
                                reconciliation.rows(Status.OK).size(),
                                reconciliation.rows(Status.UNSUPPORTED).size(),
                                reconciliation.rows(Status.INVALID).size()))
                .paragraph("Out-of-memory verdicts: %s right, %s wrong; %s predicted rows ran out of memory."
                        .formatted(
                                reconciliation.outOfMemory(true).size(),
                                reconciliation.outOfMemory(false).size(),
                                ranOut))
                .paragraph(
                        "Errors are (predicted - measured) / measured without sign. 'exact', '≤.01' and '≤.1' are the"
                                + " shares of rows that are right to the byte, within 0.01 % and within 0.1 %; the columns after"
                                + " them are errors; all in percent. Precision is the weights' type, then autocast's.");
    }

    private static TextTable errors(String label, Map<String, Reconciliation> groups) {
        TextTable table = table(label, "answer").left(1, true);
        groups.forEach((value, group) -> {
            ErrorStatistics allocated = group.statistics(Answer.ALLOCATED);
            table.row(cells(allocated, value, Answer.ALLOCATED.id()));
            String count = "  " + allocated.count() + (allocated.count() == 1 ? " row" : " rows");
            table.row(cells(group.statistics(Answer.RESERVED), count, Answer.RESERVED.id()));
            table.row(cells(group.statistics(Answer.PROCESS), "", Answer.PROCESS.id()));
            ErrorStatistics counter = group.statistics(Answer.DEVICE_COUNTER);
            if (counter.count() > 0) {
                table.row(cells(counter, "", Answer.DEVICE_COUNTER.id()));
            }
        });
        return table;
    }

    private TextTable phases() {
        TextTable table = table("figure", "values");
        ErrorStatistics afterLoad = reconciliation.afterLoadStatistics();
        if (afterLoad.count() > 0) {
            table.row(cells(afterLoad, "afterLoad", Integer.toString(afterLoad.count())));
        }
        reconciliation
                .phaseStatistics()
                .forEach((figure, statistics) ->
                        table.row(cells(statistics, name(figure), Integer.toString(statistics.count()))));
        return table;
    }

    private static TextTable table(String... words) {
        List<String> headings = new ArrayList<>(List.of(words));
        headings.addAll(List.of("exact", "≤.01", "≤.1", "median", "p90", "p95", "max"));
        return new TextTable(headings.toArray(String[]::new));
    }

    private static List<String> cells(ErrorStatistics statistics, String... words) {
        List<String> cells = new ArrayList<>(List.of(words));
        cells.add(share(statistics.equalToTheByte()));
        cells.add(share(statistics.withinHundredthPercent()));
        cells.add(share(statistics.withinTenthPercent()));
        cells.add(error(statistics.median()));
        cells.add(error(statistics.p90()));
        cells.add(error(statistics.p95()));
        cells.add(error(statistics.max()));
        return cells;
    }

    /** An error in percent; {@code 0} only if it is exactly that. */
    private static String error(double ratio) {
        if (Double.isNaN(ratio)) {
            return "-";
        }
        if (ratio == 0) {
            return "0";
        }
        return ratio < 0.5e-5 ? "<.001" : Numbers.decimals(ratio * 100, 3);
    }

    /** A share in percent, rounded down so that {@code 100} means all. */
    private static String share(double share) {
        if (Double.isNaN(share)) {
            return "-";
        }
        // The small addition keeps a share that is a decimal fraction, such as 0.7, from falling below it.
        return share == 1 ? "100" : Numbers.decimals(Math.floor(share * 1000 + 1e-9) / 10, 1);
    }

    private static void worst(Document document, String title, List<ReconciledRun> rows) {
        if (!rows.isEmpty()) {
            document.heading(title);
            rows.forEach(row -> describe(document, row, row.estimate().orElseThrow()));
        }
    }

    private static void describe(Document document, ReconciledRun row, MemoryEstimate estimate) {
        FineTuningJob job = estimate.job().job();
        String file = row.run().place().name();
        document.paragraph("%s (%s:%s): %s, %s, %s, %s tokens, %s."
                .formatted(
                        row.run().id(),
                        file.substring(file.lastIndexOf('/') + 1),
                        row.run().place().line(),
                        job.model(),
                        JobText.method(job),
                        JobText.layers(estimate.job()),
                        job.batch().sequenceLength(),
                        JobText.setting(job)));
        row.outOfMemoryRight()
                .filter(right -> !right)
                .ifPresent(wrong -> document.paragraph(
                        row.measured().outOfMemory().orElse(false)
                                ? "It was predicted to fit, but ran out of memory."
                                : "It was predicted to run out of memory, but did not."));
        document.paragraph(EstimateReport.peak(estimate) + differences(row));
        TextTable table = new TextTable("bytes", "predicted", "measured", "difference", "%");
        for (Answer answer : Answer.values()) {
            row.comparison(answer)
                    .ifPresent(comparison -> table.row(
                            answer.id(),
                            Numbers.grouped(comparison.predicted()),
                            Numbers.grouped(comparison.measured()),
                            Numbers.grouped(comparison.difference()),
                            Numbers.decimals(comparison.errorRatio() * 100, 4)));
        }
        for (MemoryNode category : estimate.breakdown().children()) {
            if (category.bytes().count() > 0 && !NOT_ALIVE.contains(category.id())) {
                table.row(
                        "  " + category.label(),
                        Numbers.grouped(category.bytes().count()),
                        "",
                        "",
                        "");
            }
        }
        document.table(table);
    }

    /** Where an error begins: the figures that differ in the first step in which any does. */
    private static String differences(ReconciledRun row) {
        List<Map<Figure, Comparison>> steps = row.steps();
        for (int i = 0; i < steps.size(); i++) {
            List<String> differences = new ArrayList<>();
            steps.get(i).forEach((figure, comparison) -> {
                if (comparison.difference() != 0) {
                    String sign = comparison.difference() > 0 ? "+" : "";
                    differences.add(name(figure) + " " + sign + Numbers.grouped(comparison.difference()));
                }
            });
            if (!differences.isEmpty()) {
                return " Figures first differ in step %s: %s.".formatted(i + 1, String.join(", ", differences));
            }
        }
        return steps.isEmpty() ? "" : " Every figure within the steps is right.";
    }

    private static String name(Figure figure) {
        return figure.key().replace("Bytes", "");
    }

    @Override
    public String json() {
        return ReconciliationJson.of(reconciliation);
    }

    @Override
    public String csv() {
        List<List<String>> lines = new ArrayList<>();
        List<String> header = new ArrayList<>(List.of("id", "file", "line", "status", "message"));
        header.addAll(JOB_KEYS);
        for (Answer answer : Answer.values()) {
            header.add("predicted." + answer.key());
            header.add("measured." + answer.key());
            header.add("errorRatio." + answer.id());
        }
        header.add("predicted.outOfMemory");
        header.add("measured.outOfMemory");
        lines.add(header);
        reconciliation.rows().forEach(row -> lines.add(line(row)));
        return CsvText.of(lines);
    }

    private static List<String> line(ReconciledRun row) {
        List<String> line = new ArrayList<>(List.of(
                row.run().id(),
                row.run().place().name(),
                Integer.toString(row.run().place().line()),
                row.status().id(),
                row.message()));
        JOB_KEYS.forEach(key -> line.add(row.run().jobWord(key).orElse("")));
        for (Answer answer : Answer.values()) {
            line.add(cell(row.predicted().answer(answer)));
            line.add(cell(row.measured().answer(answer)));
            line.add(cell(row.comparison(answer).map(Comparison::errorRatio)));
        }
        line.add(cell(row.predicted().outOfMemory()));
        line.add(cell(row.measured().outOfMemory()));
        return line;
    }

    private static String cell(Optional<?> value) {
        return value.map(Object::toString).orElse("");
    }
}
