package dev.headroom.simulator.chart;

import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.explain.StepTimeline.Sample;
import dev.headroom.model.explain.StepTimeline.Stretch;
import dev.headroom.model.program.Category;
import dev.headroom.simulator.chart.Canvas.Anchor;
import dev.headroom.simulator.chart.Canvas.Lettering;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.chart.Canvas.Stroke;
import dev.headroom.simulator.report.Unit;
import java.util.ArrayList;
import java.util.List;

/** The live bytes over the events of a training step, by category, with its phases and the peak. */
public final class TimelineChart extends Chart {
    private final StepTimeline timeline;
    private final Unit unit;

    /**
     * @param subtitle the job in words
     */
    public TimelineChart(String subtitle, StepTimeline timeline, Unit unit) {
        super("Memory over the course of step " + timeline.step(), subtitle);
        this.timeline = timeline;
        this.unit = unit;
    }

    @Override
    public String description() {
        Sample peak = timeline.peak();
        return "Allocated bytes after each of %d allocations and frees. The peak, %s, is at event %d, in the phase %s, in %s (%s)."
                .formatted(
                        timeline.events(),
                        unit.labelled(peak.allocatedBytes()),
                        peak.position(),
                        phaseAt(peak.position()),
                        peak.module().isEmpty() ? "no module" : peak.module(),
                        peak.operation());
    }

    private String phaseAt(int position) {
        return timeline.phases().stream()
                .filter(stretch -> stretch.from() <= position && position < stretch.to())
                .map(stretch -> stretch.phase().id())
                .findFirst()
                .orElse("");
    }

    @Override
    public List<List<String>> table() {
        List<List<String>> rows = new ArrayList<>();
        List<String> headings =
                new ArrayList<>(List.of("event", "phase", "module", "operation", "allocatedBytes", "reservedBytes"));
        for (Category category : Category.values()) {
            if (alive(category)) {
                headings.add(category.id() + "Bytes");
            }
        }
        rows.add(headings);
        for (Sample sample : timeline.samples()) {
            List<String> row = new ArrayList<>(List.of(
                    Integer.toString(sample.position()),
                    phaseAt(sample.position()),
                    sample.module(),
                    sample.operation(),
                    Long.toString(sample.allocatedBytes()),
                    Long.toString(sample.reservedBytes())));
            for (Category category : Category.values()) {
                if (alive(category)) {
                    row.add(Long.toString(bytes(sample, category)));
                }
            }
            rows.add(row);
        }
        return rows;
    }

    @Override
    void draw(Canvas canvas, Size size) {
        Plot plot = new Plot(canvas, size, StackLegend.WIDTH);
        List<Sample> samples = timeline.samples();
        long most = samples.stream().mapToLong(Sample::reservedBytes).max().orElse(0);
        Scale y = plot.bytesAxis(most, unit);
        Scale x = Scale.linear(0, Math.max(1, timeline.events() - 1), plot.box().x(), plot.right());
        StackLegend legend = new StackLegend(canvas, plot, unit);
        long[] base = new long[samples.size()];
        for (Category category : Category.values()) {
            if (!alive(category)) {
                continue;
            }
            List<Spot> upper = new ArrayList<>();
            List<Spot> lower = new ArrayList<>();
            for (int i = 0; i < base.length; i++) {
                double at = x.at(samples.get(i).position());
                lower.add(0, new Spot(at, y.at(base[i])));
                base[i] += bytes(samples.get(i), category);
                upper.add(new Spot(at, y.at(base[i])));
            }
            upper.addAll(lower);
            canvas.area(upper, Ink.of(category));
            legend.add(category, bytes(timeline.peak(), category));
        }
        List<Spot> reserved = new ArrayList<>();
        for (Sample sample : samples) {
            reserved.add(new Spot(x.at(sample.position()), y.at(sample.reservedBytes())));
        }
        canvas.line(reserved, Stroke.DASHED, Ink.MUTED);
        phases(canvas, plot, x);
        peak(canvas, plot, x, y);
        legend.draw("at the peak");
        canvas.text(
                "- - reserved", new Spot(plot.right() + 24, plot.bottom()), Anchor.START, Lettering.NOTE, Ink.MUTED);
    }

    private void phases(Canvas canvas, Plot plot, Scale x) {
        canvas.line(
                List.of(new Spot(plot.box().x(), plot.bottom()), new Spot(plot.right(), plot.bottom())),
                Stroke.HAIR,
                Ink.MUTED);
        double taken = Double.NEGATIVE_INFINITY;
        for (Stretch stretch : timeline.phases()) {
            double from = x.at(stretch.from());
            double to = x.at(stretch.to() - 1);
            if (stretch.from() > 0) {
                canvas.line(
                        List.of(new Spot(from, plot.box().y()), new Spot(from, plot.bottom() + 6)),
                        Stroke.HAIR,
                        Ink.MUTED);
            }
            double half = 3.6 * stretch.phase().id().length();
            double middle = Math.max((from + to) / 2, taken + half + 4);
            if (middle <= to + half / 2) {
                canvas.text(
                        stretch.phase().id(),
                        new Spot(middle, plot.bottom() + 20),
                        Anchor.MIDDLE,
                        Lettering.NOTE,
                        Ink.MUTED);
                taken = middle + half;
            }
        }
        canvas.text(
                "allocations and frees, in order",
                new Spot(plot.box().x() + plot.box().width() / 2, plot.bottom() + 40),
                Anchor.MIDDLE,
                Lettering.NOTE,
                Ink.MUTED);
    }

    private void peak(Canvas canvas, Plot plot, Scale x, Scale y) {
        Sample peak = timeline.peak();
        Spot at = new Spot(x.at(peak.position()), y.at(peak.allocatedBytes()));
        canvas.disc(at, 4.5, Ink.LIMIT, true);
        boolean right = at.x() > plot.box().x() + plot.box().width() / 2;
        canvas.text(
                "peak %s".formatted(unit.labelled(peak.allocatedBytes())),
                new Spot(at.x() + (right ? -10 : 10), at.y() + 5),
                right ? Anchor.END : Anchor.START,
                Lettering.LABEL,
                Ink.LIMIT);
    }

    private boolean alive(Category category) {
        return timeline.samples().stream().anyMatch(sample -> bytes(sample, category) > 0);
    }

    private static long bytes(Sample sample, Category category) {
        return sample.liveBytes().getOrDefault(category, 0L);
    }
}
