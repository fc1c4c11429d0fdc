package dev.headroom.simulator.measured;

import dev.headroom.model.program.Figure;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Rows reconciled, and what they say together.
 *
 * @param rows the rows, in the order of files and lines
 */
public record Reconciliation(List<ReconciledRun> rows) {
    public Reconciliation {
        rows = List.copyOf(rows);
    }

    /** The rows that ended so. */
    public List<ReconciledRun> rows(Status status) {
        return rows.stream().filter(row -> row.status() == status).toList();
    }

    /** Errors of one of the three answers, over all rows that have it. */
    public ErrorStatistics statistics(Answer answer) {
        return ErrorStatistics.of(rows.stream()
                .map(row -> row.comparison(answer))
                .flatMap(Optional::stream)
                .toList());
    }

    /** The rows whose out-of-memory verdict is right, or wrong. */
    public List<ReconciledRun> outOfMemory(boolean right) {
        return rows.stream()
                .filter(row -> row.outOfMemoryRight().equals(Optional.of(right)))
                .toList();
    }

    /** The predicted rows by the value of a trait, in alphabetical order of values. */
    public Map<String, Reconciliation> by(Trait trait) {
        Map<String, List<ReconciledRun>> groups = new TreeMap<>();
        for (ReconciledRun row : rows) {
            row.estimate()
                    .ifPresent(estimate -> groups.computeIfAbsent(trait.of(estimate.job()), value -> new ArrayList<>())
                            .add(row));
        }
        Map<String, Reconciliation> result = new TreeMap<>();
        groups.forEach((value, group) -> result.put(value, new Reconciliation(group)));
        return result;
    }

    /** Errors of the bytes allocated before the first step. */
    public ErrorStatistics afterLoadStatistics() {
        return ErrorStatistics.of(rows.stream()
                .map(ReconciledRun::afterLoad)
                .flatMap(Optional::stream)
                .toList());
    }

    /** Errors of each phase figure, over all steps. */
    public Map<Figure, ErrorStatistics> phaseStatistics() {
        Map<Figure, List<Comparison>> figures = new EnumMap<>(Figure.class);
        for (ReconciledRun row : rows) {
            for (Map<Figure, Comparison> step : row.steps()) {
                step.forEach((figure, comparison) -> figures.computeIfAbsent(figure, key -> new ArrayList<>())
                        .add(comparison));
            }
        }
        Map<Figure, ErrorStatistics> result = new EnumMap<>(Figure.class);
        figures.forEach((figure, comparisons) -> result.put(figure, ErrorStatistics.of(comparisons)));
        return result;
    }

    /** The rows whose saved tensors were counted and predicted. */
    public List<ReconciledRun> withCensus() {
        return rows.stream().filter(row -> row.census().isPresent()).toList();
    }

    /** Missing rules and how many unsupported rows need them, most needed first; a row may need several. */
    public Map<String, Long> missingRules() {
        Map<String, Long> counts = rows(Status.UNSUPPORTED).stream()
                .flatMap(
                        row -> row.problems().stream().map(Reconciliation::rule).distinct())
                .collect(Collectors.groupingBy(rule -> rule, TreeMap::new, Collectors.counting()));
        Map<String, Long> result = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(entry -> result.put(entry.getKey(), entry.getValue()));
        return result;
    }

    /** What a message says of the rule itself, without the key before it and the particulars of the row behind it. */
    private static String rule(InputProblem problem) {
        return problem.message().replaceFirst("^.*?(no rules? [^:;]*).*$", "$1").strip();
    }

    /** The rows that are furthest off in one of the answers, worst last; none that are right to the byte. */
    public List<ReconciledRun> worst(Answer answer, int count) {
        List<ReconciledRun> wrong = rows.stream()
                .filter(row -> error(row, answer) > 0)
                .sorted(Comparator.<ReconciledRun>comparingDouble(row -> error(row, answer))
                        .thenComparing(row -> row.run().id()))
                .toList();
        return wrong.subList(Math.max(0, wrong.size() - count), wrong.size());
    }

    private static double error(ReconciledRun row, Answer answer) {
        return row.comparison(answer)
                .map(comparison -> Math.abs(comparison.errorRatio()))
                .orElse(0.0);
    }
}
