package dev.headroom.simulator.measured;

import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rows reconciled, and what they say together.
 *
 * @param rows the rows, in the order of files and lines
 */
public record Reconciliation(List<ReconciledRun> rows) {
    public Reconciliation {
        rows = List.copyOf(rows);
    }

    /** How many rows ended so. A fault counts as invalid, too. */
    public long count(Status status) {
        return rows.stream().filter(row -> row.status() == status).count();
    }

    /** Errors of one of the three answers over all predicted rows. */
    public ErrorStatistics statistics(Quantity quantity) {
        return ErrorStatistics.of(predicted().stream()
                .map(row -> row.comparison(quantity))
                .toList());
    }

    /** Rows that were predicted. */
    public List<ReconciledRun> predicted() {
        return rows.stream().filter(row -> row.status() == Status.OK).toList();
    }

    /** How many out-of-memory verdicts agree, or disagree, with what happened. */
    public long outOfMemory(boolean right) {
        return rows.stream()
                .filter(row -> row.outOfMemoryRight().filter(r -> r == right).isPresent())
                .count();
    }

    /** Rows that ran out of memory when they were measured. */
    public List<ReconciledRun> ranOutOfMemory() {
        return rows.stream()
                .filter(row -> row.measured().outOfMemory().orElse(false))
                .toList();
    }

    /** The predicted rows by the value of a facet, in alphabetical order of values. */
    public Map<String, Reconciliation> by(String facet) {
        Map<String, List<ReconciledRun>> groups = new TreeMap<>();
        for (ReconciledRun row : predicted()) {
            groups.computeIfAbsent(row.facets().getOrDefault(facet, RecordedJob.NONE), key -> new ArrayList<>())
                    .add(row);
        }
        Map<String, Reconciliation> result = new LinkedHashMap<>();
        groups.forEach((value, group) -> result.put(value, new Reconciliation(group)));
        return result;
    }

    /** Errors of the figures before the first step, by key. */
    public Map<String, ErrorStatistics> afterLoadStatistics() {
        Map<String, List<Comparison>> figures = new LinkedHashMap<>();
        for (ReconciledRun row : rows) {
            row.afterLoad().forEach((key, comparison) -> figures.computeIfAbsent(key, k -> new ArrayList<>())
                    .add(comparison));
        }
        Map<String, ErrorStatistics> result = new LinkedHashMap<>();
        figures.forEach((key, comparisons) -> result.put(key, ErrorStatistics.of(comparisons)));
        return result;
    }

    /** Errors of each phase figure, over the first step or over all later ones. */
    public Map<Figure, ErrorStatistics> phaseStatistics(boolean firstStep) {
        Map<Figure, List<Comparison>> figures = new EnumMap<>(Figure.class);
        for (ReconciledRun row : rows) {
            for (int i = 0; i < row.steps().size(); i++) {
                if ((i == 0) == firstStep) {
                    row.steps().get(i).forEach((figure, comparison) -> figures.computeIfAbsent(
                                    figure, f -> new ArrayList<>())
                            .add(comparison));
                }
            }
        }
        Map<Figure, ErrorStatistics> result = new EnumMap<>(Figure.class);
        figures.forEach((figure, comparisons) -> result.put(figure, ErrorStatistics.of(comparisons)));
        return result;
    }

    /** Missing rules and the number of rows that need them, most needed first. A row may need several. */
    public Map<String, Long> missingRules() {
        Map<String, Long> counts = new TreeMap<>();
        for (ReconciledRun row : rows) {
            row.missingRules().forEach(rule -> counts.merge(rule, 1L, Long::sum));
        }
        Map<String, Long> result = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> result.put(entry.getKey(), entry.getValue()));
        return result;
    }

    /**
     * The rows that are furthest off, worst last: by error of allocated, then of reserved, then by id. Rows predicted to the
     * byte in both are none of them.
     */
    public List<ReconciledRun> worst(int count) {
        List<ReconciledRun> wrong = predicted().stream()
                .filter(row -> error(row, Quantity.ALLOCATED) > 0 || error(row, Quantity.RESERVED) > 0)
                .sorted(Comparator.<ReconciledRun>comparingDouble(row -> error(row, Quantity.ALLOCATED))
                        .thenComparingDouble(row -> error(row, Quantity.RESERVED))
                        .thenComparing(ReconciledRun::id))
                .toList();
        return wrong.subList(Math.max(0, wrong.size() - count), wrong.size());
    }

    private static double error(ReconciledRun row, Quantity quantity) {
        return Math.abs(row.comparison(quantity).errorRatio().orElse(0));
    }
}
