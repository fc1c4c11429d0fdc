package dev.headroom.simulator.chart;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.program.Category;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.report.Unit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What the process's memory is made of, by category, over the sequence length. */
public final class CategoriesChart extends Chart {
    private final List<MemoryEstimate> estimates;
    private final Optional<Gpu> gpu;
    private final Unit unit;

    /**
     * @param subtitle the job in words
     * @param estimates the job at different lengths; at least one
     * @param gpu the card whose capacity is drawn
     */
    public CategoriesChart(String subtitle, List<MemoryEstimate> estimates, Optional<Gpu> gpu, Unit unit) {
        super("Where the memory goes over context length", subtitle);
        if (estimates.isEmpty()) {
            throw new IllegalArgumentException("estimates must not be empty");
        }
        this.estimates = estimates.stream()
                .sorted(Comparator.comparingInt(CategoriesChart::length))
                .toList();
        this.gpu = gpu;
        this.unit = unit;
    }

    @Override
    public String description() {
        MemoryEstimate last = estimates.get(estimates.size() - 1);
        StringBuilder words = new StringBuilder("At %d tokens %s, of which:"
                .formatted(length(last), unit.labelled(last.process().count())));
        for (Category category : Category.values()) {
            long bytes = last.bytesOf(category).count();
            if (bytes > 0) {
                words.append(" %s %s;".formatted(category.label(), unit.labelled(bytes)));
            }
        }
        return words.substring(0, words.length() - 1) + ".";
    }

    @Override
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        List<String> headings = new ArrayList<>(List.of("sequenceLength"));
        for (Category category : Category.values()) {
            headings.add(category.id() + "Bytes");
        }
        headings.add("processBytes");
        rows.add(headings);
        for (MemoryEstimate estimate : estimates) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(length(estimate))));
            for (Category category : Category.values()) {
                row.add(Long.toString(estimate.bytesOf(category).count()));
            }
            row.add(Long.toString(estimate.process().count()));
            rows.add(row);
        }
        return rows;
    }

    @Override
    void draw(Canvas canvas, Size size) {
        Plot plot = new Plot(canvas, size, StackLegend.WIDTH);
        long most = estimates.stream()
                .mapToLong(estimate -> estimate.process().count())
                .max()
                .orElse(0);
        long capacity = gpu.map(card -> card.memory().count()).orElse(0L);
        Scale y = plot.bytesAxis(Math.max(most, capacity), unit);
        List<Integer> lengths = estimates.stream().map(CategoriesChart::length).toList();
        Scale x = plot.lengths(lengths);
        double[] base = new double[estimates.size()];
        StackLegend legend = new StackLegend(canvas, plot, unit);
        for (Category category : Category.values()) {
            double[] top = base.clone();
            for (int i = 0; i < top.length; i++) {
                top[i] += estimates.get(i).bytesOf(category).count();
            }
            List<Spot> outline = new ArrayList<>();
            for (int i = 0; i < top.length; i++) {
                outline.add(new Spot(x.at(lengths.get(i)), y.at(top[i])));
            }
            for (int i = top.length - 1; i >= 0; i--) {
                outline.add(new Spot(x.at(lengths.get(i)), y.at(base[i])));
            }
            long last = estimates.get(estimates.size() - 1).bytesOf(category).count();
            if (estimates.stream()
                    .anyMatch(estimate -> estimate.bytesOf(category).count() > 0)) {
                if (estimates.size() == 1) {
                    canvas.rectangle(
                            new Canvas.Box(
                                    plot.box().x() + plot.box().width() / 4,
                                    y.at(top[0]),
                                    plot.box().width() / 2,
                                    y.at(base[0]) - y.at(top[0])),
                            Ink.of(category));
                } else {
                    canvas.area(outline, Ink.of(category));
                }
                legend.add(category, last);
            }
            base = top;
        }
        plot.lengthsAxis(x, lengths);
        gpu.ifPresent(card -> plot.limit(y.at(capacity), "%s: %s".formatted(card.id(), unit.labelled(capacity))));
        legend.draw("at %d tokens".formatted(lengths.get(lengths.size() - 1)));
    }

    private static int length(MemoryEstimate estimate) {
        return estimate.job().job().batch().sequenceLength();
    }
}
