package dev.headroom.simulator.chart;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.platform.Gpu;
import dev.headroom.simulator.chart.Canvas.Anchor;
import dev.headroom.simulator.chart.Canvas.Lettering;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.chart.Canvas.Stroke;
import dev.headroom.simulator.report.Unit;
import dev.headroom.simulator.whatif.Cell;
import dev.headroom.simulator.whatif.Comparison;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a process takes by each method over the sequence length, with the card's capacity. */
public final class MethodsChart extends Chart {
    private static final int LABELS = 150;

    private final Comparison comparison;
    private final Optional<Gpu> gpu;
    private final Unit unit;

    /**
     * @param subtitle the job in words
     * @param gpu the card whose capacity is drawn
     */
    public MethodsChart(String subtitle, Comparison comparison, Optional<Gpu> gpu, Unit unit) {
        super("Memory by method over context length", subtitle);
        this.comparison = comparison;
        this.gpu = gpu;
        this.unit = unit;
    }

    @Override
    public String description() {
        StringBuilder words = new StringBuilder("Memory of the process in " + unit.label() + ".");
        for (String method : comparison.methods()) {
            List<Cell> cells = cells(method);
            if (!cells.isEmpty()) {
                Cell first = cells.get(0);
                Cell last = cells.get(cells.size() - 1);
                words.append(" %s: %s at %d tokens, %s at %d."
                        .formatted(
                                method,
                                unit.of(process(first)),
                                first.sequenceLength(),
                                unit.of(process(last)),
                                last.sequenceLength()));
            }
        }
        gpu.ifPresent(card -> words.append(" The card, %s, has %s."
                .formatted(card.id(), unit.of(card.memory().count()))));
        return words.toString();
    }

    @Override
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sequenceLength", "method", "processBytes", "outOfMemory"));
        for (String method : comparison.methods()) {
            for (Cell cell : cells(method)) {
                rows.add(List.of(
                        Integer.toString(cell.sequenceLength()),
                        method,
                        Long.toString(process(cell)),
                        Boolean.toString(cell.outOfMemory())));
            }
        }
        return rows;
    }

    @Override
    void draw(Canvas canvas, Size size) {
        Plot plot = new Plot(canvas, size, LABELS);
        long most = comparison.cells().stream()
                .filter(cell -> cell.estimate().isPresent())
                .mapToLong(MethodsChart::process)
                .max()
                .orElse(unit.bytes());
        long capacity = gpu.map(card -> card.memory().count()).orElse(0L);
        Scale y = plot.bytesAxis(Math.max(most, capacity), unit);
        Scale x = plot.lengths(comparison.lengths());
        plot.lengthsAxis(x, comparison.lengths());
        gpu.ifPresent(card -> plot.limit(y.at(capacity), "%s: %s".formatted(card.id(), unit.labelled(capacity))));
        List<End> ends = new ArrayList<>();
        for (int i = 0; i < comparison.methods().size(); i++) {
            String method = comparison.methods().get(i);
            Ink ink = Ink.ofSeries(i);
            List<Spot> spots = new ArrayList<>();
            for (Cell cell : cells(method)) {
                spots.add(new Spot(x.at(cell.sequenceLength()), y.at(process(cell))));
            }
            if (spots.isEmpty()) {
                continue;
            }
            canvas.line(spots, Stroke.LINE, ink);
            for (int at = 0; at < spots.size() && spots.size() <= 24; at++) {
                boolean fits = !cells(method).get(at).outOfMemory();
                canvas.disc(spots.get(at), 4.5, fits ? ink : Ink.GROUND, true);
                if (!fits) {
                    canvas.disc(spots.get(at), 4.5, ink, false);
                }
            }
            ends.add(new End(method, spots.get(spots.size() - 1), ink));
        }
        ends.sort(Comparator.comparingDouble(end -> end.spot().y()));
        double[] places =
                plot.apart(ends.stream().mapToDouble(end -> end.spot().y() + 4).toArray());
        for (int i = 0; i < ends.size(); i++) {
            canvas.text(
                    ends.get(i).method(),
                    new Spot(plot.right() + 12, places[i]),
                    Anchor.START,
                    Lettering.LABEL,
                    ends.get(i).ink());
        }
        if (comparison.cells().stream().anyMatch(Cell::outOfMemory)) {
            canvas.text(
                    "○ does not fit",
                    new Spot(plot.right() + LABELS - 20.0, plot.bottom() + 40),
                    Anchor.END,
                    Lettering.NOTE,
                    Ink.MUTED);
        }
    }

    private record End(String method, Spot spot, Ink ink) {}

    private List<Cell> cells(String method) {
        return comparison.cells().stream()
                .filter(cell -> cell.method().equals(method) && cell.estimate().isPresent())
                .sorted(Comparator.comparingInt(Cell::sequenceLength))
                .toList();
    }

    private static long process(Cell cell) {
        return cell.estimate().map(MemoryEstimate::process).orElseThrow().count();
    }
}
