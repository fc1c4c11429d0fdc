package dev.headroom.simulator.chart;

import dev.headroom.model.program.Category;
import dev.headroom.simulator.chart.Canvas.Anchor;
import dev.headroom.simulator.chart.Canvas.Box;
import dev.headroom.simulator.chart.Canvas.Lettering;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.report.Unit;
import java.util.ArrayList;
import java.util.List;

/** The categories of a stack beside it, in the stack's order, with their bytes. */
final class StackLegend {
    /** Room it takes at the right. */
    static final int WIDTH = 250;

    private static final int LINE = 24;

    private record Entry(Category category, long bytes) {}

    private final Canvas canvas;
    private final Plot plot;
    private final Unit unit;
    private final List<Entry> entries = new ArrayList<>();

    StackLegend(Canvas canvas, Plot plot, Unit unit) {
        this.canvas = canvas;
        this.plot = plot;
        this.unit = unit;
    }

    /** Adds what lies next above. */
    void add(Category category, long bytes) {
        entries.add(new Entry(category, bytes));
    }

    /** Draws it under a heading. */
    void draw(String heading) {
        double x = plot.right() + 24;
        double end = plot.right() + WIDTH - 20;
        double y = plot.box().y() + 4;
        canvas.text(heading + " [" + unit.label() + "]", new Spot(end, y), Anchor.END, Lettering.NOTE, Ink.MUTED);
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            y += LINE;
            canvas.rectangle(new Box(x, y - 11, 13, 13), Ink.of(entry.category()));
            canvas.text(entry.category().label(), new Spot(x + 21, y), Anchor.START, Lettering.NOTE, Ink.TEXT);
            canvas.text(unit.of(entry.bytes()), new Spot(end, y), Anchor.END, Lettering.NOTE, Ink.TEXT);
        }
    }
}
