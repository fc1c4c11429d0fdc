package dev.headroom.simulator.chart;

import dev.headroom.simulator.chart.Canvas.Anchor;
import dev.headroom.simulator.chart.Canvas.Lettering;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.chart.Canvas.Stroke;
import dev.headroom.simulator.measured.Answer;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ErrorStatistics;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.Reconciliation;
import dev.headroom.simulator.report.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How far off each prediction is, over what was measured: one mark for each run and answer. */
public final class ErrorChart extends Chart {
    private static final int LABELS = 270;
    private static final List<Answer> ANSWERS = List.of(Answer.PROCESS, Answer.RESERVED, Answer.ALLOCATED);

    private final Reconciliation reconciliation;
    private final Unit unit;

    /**
     * @param subtitle which runs
     * @throws IllegalArgumentException if no run was predicted
     */
    public ErrorChart(String subtitle, Reconciliation reconciliation, Unit unit) {
        super("Error against measured memory", subtitle);
        if (points(reconciliation).isEmpty()) {
            throw new IllegalArgumentException("no run was both predicted and measured");
        }
        this.reconciliation = reconciliation;
        this.unit = unit;
    }

    private record Point(String run, Answer answer, Comparison comparison) {}

    private static List<Point> points(Reconciliation reconciliation) {
        List<Point> points = new ArrayList<>();
        for (Answer answer : ANSWERS) {
            for (ReconciledRun row : reconciliation.rows()) {
                Optional<Comparison> comparison = row.comparison(answer);
                comparison.ifPresent(figures -> points.add(new Point(row.run().id(), answer, figures)));
            }
        }
        return points;
    }

    @Override
    public String description() {
        StringBuilder words = new StringBuilder("Signed error in percent over the measured bytes.");
        for (int i = ANSWERS.size() - 1; i >= 0; i--) {
            words.append(" ").append(words(ANSWERS.get(i))).append(".");
        }
        return words.toString();
    }

    private String words(Answer answer) {
        ErrorStatistics statistics = reconciliation.statistics(answer);
        return String.format(
                Locale.ROOT,
                "%s: %d runs, %.1f %% exact to the byte, worst %.3f %%",
                answer.id(),
                statistics.count(),
                100 * statistics.equalToTheByte(),
                100 * statistics.max());
    }

    @Override
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("run", "answer", "predictedBytes", "measuredBytes", "errorRatio"));
        for (Point point : points(reconciliation)) {
            rows.add(List.of(
                    point.run(),
                    point.answer().id(),
                    Long.toString(point.comparison().predicted()),
                    Long.toString(point.comparison().measured()),
                    Double.toString(point.comparison().errorRatio())));
        }
        return rows;
    }

    @Override
    void draw(Canvas canvas, Size size) {
        Plot plot = new Plot(canvas, size, LABELS);
        List<Point> points = points(reconciliation);
        double worst = 1e-6;
        double least = Double.MAX_VALUE;
        double most = 0;
        for (Point point : points) {
            worst = Math.max(worst, Math.abs(point.comparison().errorRatio()));
            least = Math.min(least, (double) point.comparison().measured());
            most = Math.max(most, (double) point.comparison().measured());
        }
        double top = Scale.step(100 * worst);
        Scale percent = Scale.linear(-top, top, plot.bottom(), plot.box().y());
        int decimals = (int) Math.max(0, Math.ceil(-Math.log10(Scale.step(2 * top / 6))));
        plot.horizontal(percent, tick -> String.format(Locale.ROOT, "%+." + decimals + "f", tick + 0.0));
        plot.name("% of the measured bytes");
        double perUnit = unit.bytes();
        Scale x = Scale.logarithmic(
                Math.pow(2, Math.floor(log2(least / perUnit))),
                Math.pow(2, Math.ceil(log2(most / perUnit))),
                plot.box().x(),
                plot.right());
        plot.along(x, x.ticks(10), ErrorChart::plain, "measured [" + unit.label() + "]");
        canvas.line(
                List.of(new Spot(plot.box().x(), percent.at(0)), new Spot(plot.right(), percent.at(0))),
                Stroke.HAIR,
                Ink.TEXT);
        for (Point point : points) {
            canvas.disc(
                    new Spot(
                            x.at(point.comparison().measured() / perUnit),
                            percent.at(100 * point.comparison().errorRatio())),
                    3.5,
                    ink(point.answer()),
                    false);
        }
        legend(canvas, plot);
    }

    private void legend(Canvas canvas, Plot plot) {
        double y = plot.box().y() + 4;
        for (int i = ANSWERS.size() - 1; i >= 0; i--) {
            Answer answer = ANSWERS.get(i);
            ErrorStatistics statistics = reconciliation.statistics(answer);
            if (statistics.count() == 0) {
                continue;
            }
            canvas.disc(new Spot(plot.right() + 30, y - 4), 3.5, ink(answer), false);
            canvas.text(
                    "%s, %d runs".formatted(answer.id(), statistics.count()),
                    new Spot(plot.right() + 42, y),
                    Anchor.START,
                    Lettering.LABEL,
                    Ink.TEXT);
            canvas.text(
                    String.format(
                            Locale.ROOT,
                            "%.1f %% exact, worst %.3f %%",
                            100 * statistics.equalToTheByte(),
                            100 * statistics.max()),
                    new Spot(plot.right() + 42, y + 18),
                    Anchor.START,
                    Lettering.NOTE,
                    Ink.MUTED);
            y += 52;
        }
    }

    private static Ink ink(Answer answer) {
        return Ink.ofSeries(ANSWERS.size() - 1 - ANSWERS.indexOf(answer));
    }

    private static double log2(double number) {
        return Math.log(number) / Math.log(2);
    }

    /** {@code 0.5}, {@code 64}. */
    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
}
