package dev.headroom.simulator.report;

import dev.headroom.model.program.Category;
import dev.headroom.simulator.measured.Answer;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.Reconciliation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Predicted against measured by category, of runs whose arrays were told apart while they trained. */
final class CategoryTables {
    /** Runs that are shown one by one. */
    private static final int SHOWN = 3;

    private CategoryTables() {}

    /** Adds the tables, if there are such runs. */
    static void add(Document document, Reconciliation reconciliation) {
        List<ReconciledRun> runs = reconciliation.rows().stream()
                .filter(run -> !run.categories().isEmpty())
                .toList();
        if (runs.size() > SHOWN) {
            together(document, runs);
        } else {
            runs.forEach(run -> alone(document, run));
        }
    }

    private static void together(Document document, List<ReconciledRun> runs) {
        Map<Category, Long> count = new EnumMap<>(Category.class);
        Map<Category, Long> exact = new EnumMap<>(Category.class);
        Map<Category, Long> worst = new EnumMap<>(Category.class);
        for (ReconciledRun run : runs) {
            run.categories().forEach((category, comparison) -> {
                long difference = Math.abs(comparison.difference());
                count.merge(category, 1L, Long::sum);
                exact.merge(category, difference == 0 ? 1L : 0L, Long::sum);
                worst.merge(category, difference, Math::max);
            });
        }
        TextTable table = new TextTable("at the peak of live arrays", "runs", "exact", "largest difference");
        count.forEach((category, runsOfIt) -> table.row(
                category.label(),
                Long.toString(runsOfIt),
                Long.toString(exact.getOrDefault(category, 0L)),
                Numbers.grouped(worst.getOrDefault(category, 0L)) + " B"));
        document.heading("By category").table(table);
    }

    private static void alone(Document document, ReconciledRun run) {
        TextTable table = new TextTable("bytes", "predicted", "measured", "difference");
        run.categories().forEach((category, comparison) -> row(table, category.label(), comparison));
        Optional<Comparison> live = run.comparison(Answer.ALLOCATED);
        Optional<Comparison> counter = run.comparison(Answer.DEVICE_COUNTER);
        Optional<Comparison> process = run.comparison(Answer.PROCESS);
        live.ifPresent(comparison -> row(table, "live arrays", comparison));
        rest(table, "arrays within operations", live, counter);
        counter.ifPresent(comparison -> row(table, "device counter", comparison));
        rest(table, "context, pages of the driver", counter, process);
        process.ifPresent(comparison -> row(table, "process", comparison));
        long unexplained = process.or(() -> counter)
                .or(() -> live)
                .map(Comparison::difference)
                .orElse(0L);
        table.row("unexplained", "", "", Numbers.grouped(-unexplained));
        document.heading("%s by category".formatted(run.run().id())).table(table);
    }

    private static void rest(TextTable table, String label, Optional<Comparison> inner, Optional<Comparison> outer) {
        if (inner.isPresent() && outer.isPresent()) {
            row(
                    table,
                    label,
                    new Comparison(
                            outer.get().predicted() - inner.get().predicted(),
                            outer.get().measured() - inner.get().measured()));
        }
    }

    private static void row(TextTable table, String label, Comparison comparison) {
        table.row(
                label,
                Numbers.grouped(comparison.predicted()),
                Numbers.grouped(comparison.measured()),
                Numbers.grouped(comparison.difference()));
    }
}
