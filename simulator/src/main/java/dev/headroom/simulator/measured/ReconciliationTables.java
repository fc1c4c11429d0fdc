package dev.headroom.simulator.measured;

import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.ReconciledRun.Alive;
import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.measured.Section.Block;
import dev.headroom.simulator.measured.Section.Grid;
import dev.headroom.simulator.measured.Section.Paragraph;
import dev.headroom.simulator.measured.Table.Column;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tables in which a reconciliation is shown. All errors and shares in percent. */
final class ReconciliationTables {
    /** Facets by which errors are broken down, and the words for them. */
    static final Map<String, String> CATEGORIES = categories();

    private static final int MOST_DIFFERENCES = 12;
    private static final int MOST_INVALID = 20;

    private ReconciliationTables() {}

    private static Map<String, String> categories() {
        Map<String, String> categories = new LinkedHashMap<>();
        categories.put("method.name", "method");
        categories.put(Selection.ARCHITECTURE, "architecture");
        categories.put("precision", "precision");
        categories.put("attention", "attention");
        categories.put("checkpointing", "checkpointing");
        categories.put("optimizer", "optimizer");
        categories.put("trainingLoop", "training loop");
        return categories;
    }

    /** Everything, worst rows last. */
    static List<Section> all(Reconciliation reconciliation, int worst) {
        List<Section> sections = new ArrayList<>();
        sections.add(overall(reconciliation));
        if (!reconciliation.predicted().isEmpty()) {
            sections.add(Section.of("By category", new Grid(byCategory(reconciliation))));
            if (reconciliation.predicted().stream().anyMatch(row -> !row.steps().isEmpty())) {
                sections.add(Section.of("By phase", new Grid(phases(reconciliation))));
            }
        }
        if (reconciliation.count(Status.UNSUPPORTED) > 0) {
            sections.add(Section.of("Unsupported, by missing rule", new Grid(missingRules(reconciliation))));
        }
        List<ReconciledRun> unusable = reconciliation.rows().stream()
                .filter(row -> row.status() == Status.INVALID || row.status() == Status.FAILED)
                .toList();
        if (!unusable.isEmpty()) {
            sections.add(Section.of("Invalid", new Block(unusable(unusable))));
        }
        if (worst > 0 && !reconciliation.predicted().isEmpty()) {
            sections.addAll(worst(reconciliation, worst));
        }
        return sections;
    }

    /** Counts, and errors over all predicted rows. */
    static Section overall(Reconciliation reconciliation) {
        long failed = reconciliation.count(Status.FAILED);
        String counts = "%d rows: %d predicted, %d unsupported, %d invalid%s"
                .formatted(
                        reconciliation.rows().size(),
                        reconciliation.count(Status.OK),
                        reconciliation.count(Status.UNSUPPORTED),
                        reconciliation.count(Status.INVALID),
                        failed == 0 ? "" : ", %d internal errors".formatted(failed));
        String verdicts = "Out-of-memory verdicts: %d right, %d wrong; %d predicted rows did run out of memory"
                .formatted(
                        reconciliation.outOfMemory(true),
                        reconciliation.outOfMemory(false),
                        new Reconciliation(reconciliation.predicted())
                                .ranOutOfMemory()
                                .size());
        return Section.of(
                "Errors",
                Paragraph.of(counts),
                new Grid(overallTable(reconciliation)),
                Paragraph.of("Errors are |predicted - measured| / measured, in percent; shares of rows likewise."),
                Paragraph.of(verdicts));
    }

    private static Table overallTable(Reconciliation reconciliation) {
        List<List<String>> rows = new ArrayList<>();
        for (Quantity quantity : Quantity.values()) {
            List<String> row = new ArrayList<>(List.of(quantity.id()));
            row.addAll(cells(reconciliation.statistics(quantity)));
            rows.add(row);
        }
        return new Table(columns("answer"), rows);
    }

    private static List<Column> columns(String first) {
        return List.of(
                Column.left(first),
                Column.right("rows"),
                Column.right("error", "median"),
                Column.right("error", "p90"),
                Column.right("error", "p95"),
                Column.right("error", "max"),
                Column.right("share", "to the byte"),
                Column.right("share", "≤0.01"),
                Column.right("share", "≤0.1"),
                Column.right("share", "≤1"));
    }

    private static List<String> cells(ErrorStatistics statistics) {
        return List.of(
                Integer.toString(statistics.rows()),
                Numbers.percent(statistics.median()),
                Numbers.percent(statistics.p90()),
                Numbers.percent(statistics.p95()),
                Numbers.percent(statistics.max()),
                Numbers.share(statistics.equalToTheByte()),
                Numbers.share(statistics.withinHundredthPercent()),
                Numbers.share(statistics.withinTenthPercent()),
                Numbers.share(statistics.withinOnePercent()));
    }

    /** One table for all categories: each value of each category is a row. */
    static Table byCategory(Reconciliation reconciliation) {
        List<List<String>> rows = new ArrayList<>();
        CATEGORIES.forEach((facet, label) -> reconciliation.by(facet).forEach((value, group) -> {
            ErrorStatistics allocated = group.statistics(Quantity.ALLOCATED);
            ErrorStatistics reserved = group.statistics(Quantity.RESERVED);
            ErrorStatistics process = group.statistics(Quantity.PROCESS);
            rows.add(List.of(
                    label,
                    value,
                    Integer.toString(group.rows().size()),
                    Numbers.share(allocated.equalToTheByte()),
                    Numbers.share(allocated.withinHundredthPercent()),
                    Numbers.percent(allocated.max()),
                    Numbers.share(reserved.equalToTheByte()),
                    Numbers.share(reserved.withinTenthPercent()),
                    Numbers.percent(reserved.p95()),
                    Numbers.percent(process.median()),
                    Numbers.percent(process.p95())));
        }));
        return new Table(
                List.of(
                        Column.left("category"),
                        Column.left("value"),
                        Column.right("rows"),
                        Column.right("allocated", "exact"),
                        Column.right("allocated", "≤0.01"),
                        Column.right("allocated", "max"),
                        Column.right("reserved", "exact"),
                        Column.right("reserved", "≤0.1"),
                        Column.right("reserved", "p95"),
                        Column.right("process", "median"),
                        Column.right("process", "p95")),
                rows);
    }

    /** Errors of each figure, in the first step and in those after it. */
    static Table phases(Reconciliation reconciliation) {
        List<List<String>> rows = new ArrayList<>();
        reconciliation.afterLoadStatistics().forEach((key, statistics) -> rows.add(phase("load", key, statistics)));
        reconciliation.phaseStatistics(true).forEach((figure, statistics) -> rows.add(
                phase("1", figure.key(), statistics)));
        reconciliation.phaseStatistics(false).forEach((figure, statistics) -> rows.add(
                phase("2, 3", figure.key(), statistics)));
        return new Table(
                List.of(
                        Column.left("step"),
                        Column.left("figure"),
                        Column.right("values"),
                        Column.right("exact"),
                        Column.right("≤0.01"),
                        Column.right("≤0.1"),
                        Column.right("p95"),
                        Column.right("max")),
                rows);
    }

    private static List<String> phase(String step, String key, ErrorStatistics statistics) {
        return List.of(
                step,
                key,
                Integer.toString(statistics.rows()),
                Numbers.share(statistics.equalToTheByte()),
                Numbers.share(statistics.withinHundredthPercent()),
                Numbers.share(statistics.withinTenthPercent()),
                Numbers.percent(statistics.p95()),
                Numbers.percent(statistics.max()));
    }

    /** Missing rules and how many rows need them. */
    static Table missingRules(Reconciliation reconciliation) {
        List<List<String>> rows = new ArrayList<>();
        reconciliation.missingRules().forEach((rule, count) -> rows.add(List.of(Long.toString(count), rule)));
        return new Table(List.of(Column.right("rows"), Column.left("missing rule (a row may need several)")), rows);
    }

    private static List<String> unusable(List<ReconciledRun> rows) {
        List<String> lines = new ArrayList<>();
        rows.stream()
                .limit(MOST_INVALID)
                .forEach(row -> lines.add(
                        row.status() == Status.FAILED
                                ? "%s: %s: %s".formatted(row.origin(), row.id(), row.message())
                                : row.message()));
        if (rows.size() > MOST_INVALID) {
            lines.add("and %d more".formatted(rows.size() - MOST_INVALID));
        }
        return lines;
    }

    /** The rows that are furthest off, worst last. */
    static List<Section> worst(Reconciliation reconciliation, int count) {
        List<ReconciledRun> worst = reconciliation.worst(count);
        if (worst.isEmpty()) {
            return List.of(Section.of("Worst rows", Paragraph.of("None: every row is predicted to the byte.")));
        }
        List<Section.Part> parts = new ArrayList<>();
        worst.forEach(row -> parts.add(new Block(describe(row))));
        return List.of(new Section("Worst rows, worst last", parts));
    }

    private static List<String> describe(ReconciledRun row) {
        List<String> lines = new ArrayList<>();
        lines.add("%s  %s".formatted(row.id(), row.origin()));
        lines.add("  " + job(row));
        for (Quantity quantity : Quantity.values()) {
            Comparison comparison = row.comparison(quantity);
            lines.add("  %-9s  predicted %s, measured %s: %s B (%s %%)"
                    .formatted(
                            quantity.id(),
                            Numbers.bytes(comparison.predicted()),
                            Numbers.bytes(comparison.measured()),
                            Numbers.signed(comparison.difference()),
                            Numbers.signedPercent(comparison.errorRatio())));
        }
        if (row.outOfMemoryRight().filter(right -> !right).isPresent()) {
            lines.add("  out of memory: predicted %s, measured %s"
                    .formatted(
                            row.predicted().outOfMemory().orElse(false),
                            row.measured().outOfMemory().orElse(false)));
        }
        row.alive().ifPresent(alive -> lines.addAll(describe(alive)));
        lines.addAll(differences(row));
        return lines;
    }

    /** The job in one line. */
    static String job(ReconciledRun row) {
        Map<String, String> facets = row.facets();
        List<String> words = new ArrayList<>();
        words.add(facets.getOrDefault("model", "?"));
        String method = facets.getOrDefault("method.name", "?");
        words.add(
                method.equals("lora")
                        ? "lora r=%s %s dropout %s"
                                .formatted(
                                        facets.get("method.rank"),
                                        facets.get("method.targets"),
                                        facets.get("method.dropout"))
                        : method);
        words.add("%s×%s".formatted(facets.get("microBatch"), facets.get("sequenceLength")));
        words.add(facets.getOrDefault("precision", "?"));
        words.add(facets.getOrDefault("attention", "?"));
        if (!facets.getOrDefault("checkpointing", RecordedJob.NONE).equals(RecordedJob.NONE)) {
            words.add("checkpointing " + facets.get("checkpointing"));
        }
        words.add(facets.getOrDefault("optimizer", "?"));
        words.add(facets.getOrDefault("trainingLoop", "?"));
        if (!facets.getOrDefault("gradientAccumulation", "1").equals("1")) {
            words.add("accumulation " + facets.get("gradientAccumulation"));
        }
        if (!facets.getOrDefault("layersOverride", RecordedJob.NONE).equals(RecordedJob.NONE)) {
            words.add(facets.get("layersOverride") + " layers");
        }
        for (String flag : List.of("paddedBatch", "useCache", "expandableSegments")) {
            if (facets.getOrDefault(flag, "false").equals("true")) {
                words.add(flag);
            }
        }
        return String.join(", ", words);
    }

    private static List<String> describe(Alive alive) {
        List<String> lines = new ArrayList<>();
        lines.add("  peak in step %d, %s, %s of %s; alive there:"
                .formatted(
                        alive.peak().step(),
                        alive.peak().phase().id(),
                        alive.peak().operation(),
                        alive.peak().module()));
        for (Alive.Row row : alive.largest()) {
            lines.add("    %15d B  %s".formatted(row.bytes(), row.label()));
        }
        return lines;
    }

    private static List<String> differences(ReconciledRun row) {
        Map<String, String> differences = new LinkedHashMap<>();
        row.afterLoad().forEach((key, comparison) -> difference("", key, comparison, differences));
        for (int i = 0; i < row.steps().size(); i++) {
            String step = "step%d.".formatted(i + 1);
            row.steps()
                    .get(i)
                    .forEach((figure, comparison) -> difference(step, figure.key(), comparison, differences));
        }
        if (differences.isEmpty()) {
            return List.of(row.steps().isEmpty() ? "  no phase figures" : "  all phase figures are equal");
        }
        List<String> lines = new ArrayList<>();
        lines.add("  figures that differ:");
        differences.entrySet().stream()
                .limit(MOST_DIFFERENCES)
                .forEach(entry -> lines.add("    %15s B  %s".formatted(entry.getValue(), entry.getKey())));
        if (differences.size() > MOST_DIFFERENCES) {
            lines.add("    and %d more".formatted(differences.size() - MOST_DIFFERENCES));
        }
        return lines;
    }

    private static void difference(
            String prefix, String key, Comparison comparison, Map<String, String> differences) {
        if (comparison.difference().isEmpty() || comparison.difference().getAsLong() != 0) {
            differences.put(prefix + key, Numbers.signed(comparison.difference()));
        }
    }

    /** Every figure of every row. */
    static List<Section> everyFigure(Reconciliation reconciliation) {
        List<Section> sections = new ArrayList<>();
        for (ReconciledRun row : reconciliation.rows()) {
            if (row.status() != Status.OK) {
                sections.add(Section.of(
                        row.id(),
                        Paragraph.of("%s: %s".formatted(row.status().id(), row.message()))));
                continue;
            }
            List<List<String>> figures = new ArrayList<>();
            for (Quantity quantity : Quantity.values()) {
                figures.add(figure("", quantity.key(), row.comparison(quantity)));
            }
            row.afterLoad().forEach((key, comparison) -> figures.add(figure("load", key, comparison)));
            for (int i = 0; i < row.steps().size(); i++) {
                String step = Integer.toString(i + 1);
                for (Map.Entry<Figure, Comparison> entry : row.steps().get(i).entrySet()) {
                    figures.add(figure(step, entry.getKey().key(), entry.getValue()));
                }
            }
            Table table = new Table(
                    List.of(
                            Column.left("step"),
                            Column.left("figure"),
                            Column.right("predicted"),
                            Column.right("measured"),
                            Column.right("difference"),
                            Column.right("percent")),
                    figures);
            List<String> description = new ArrayList<>();
            description.add(job(row));
            row.alive().ifPresent(alive -> description.addAll(describe(alive)));
            sections.add(Section.of(row.id(), new Block(description), new Grid(table)));
        }
        return sections;
    }

    private static List<String> figure(String step, String key, Comparison comparison) {
        return List.of(
                step,
                key,
                Numbers.bytes(comparison.predicted()),
                Numbers.bytes(comparison.measured()),
                Numbers.signed(comparison.difference()),
                Numbers.signedPercent(comparison.errorRatio()));
    }
}
