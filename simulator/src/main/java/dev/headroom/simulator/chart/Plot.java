package dev.headroom.simulator.chart;

import dev.headroom.simulator.chart.Canvas.Anchor;
import dev.headroom.simulator.chart.Canvas.Box;
import dev.headroom.simulator.chart.Canvas.Lettering;
import dev.headroom.simulator.chart.Canvas.Spot;
import dev.headroom.simulator.chart.Canvas.Stroke;
import dev.headroom.simulator.report.Unit;
import java.util.List;
import java.util.function.DoubleFunction;

/** The plotting area of a chart with its axes. Its right margin is for labels. */
final class Plot {
    private static final int TOP = 88;
    private static final int BOTTOM = 52;
    private static final int LEFT = 64;
    private static final int TICKS = 6;
    private static final double LABEL_HEIGHT = 16;

    private final Canvas canvas;
    private final Box box;

    /**
     * @param labels width of the right margin
     */
    Plot(Canvas canvas, Size size, int labels) {
        this.canvas = canvas;
        this.box = new Box(LEFT, TOP, size.width() - LEFT - labels, size.height() - TOP - BOTTOM);
    }

    Box box() {
        return box;
    }

    double right() {
        return box.x() + box.width();
    }

    double bottom() {
        return box.y() + box.height();
    }

    /** Sequence lengths: as they are if they are close, by powers of two if they span more. */
    Scale lengths(List<Integer> lengths) {
        int low = lengths.stream().mapToInt(Integer::intValue).min().orElse(1);
        int high = lengths.stream().mapToInt(Integer::intValue).max().orElse(1);
        return high / (double) low > 32
                ? Scale.logarithmic(low, high, box.x(), right())
                : Scale.linear(low, high, box.x(), right());
    }

    /** Bytes upwards from zero to a little more than {@code most}, with a grid and its axis. */
    Scale bytesAxis(long most, Unit unit) {
        double perUnit = unit.bytes();
        double top = Math.max(1e-9, most / perUnit * 1.04);
        double step = Scale.step(top / TICKS);
        Scale scale = Scale.linear(0, Math.ceil(top / step) * step * perUnit, bottom(), box.y());
        horizontal(Scale.linear(0, Math.ceil(top / step) * step, bottom(), box.y()), number -> decimals(number, step));
        name(unit.label());
        return scale;
    }

    /** What the numbers of the vertical axis are, within the plot at its upper end. */
    void name(String unit) {
        canvas.text(unit, new Spot(box.x() + 6, box.y() - 5), Anchor.START, Lettering.NOTE, Ink.MUTED);
    }

    /** A grid of horizontal lines with their numbers. */
    void horizontal(Scale scale, DoubleFunction<String> label) {
        for (double tick : scale.ticks(TICKS)) {
            double y = scale.at(tick);
            canvas.line(List.of(new Spot(box.x(), y), new Spot(right(), y)), Stroke.HAIR, Ink.GRID);
            canvas.text(label.apply(tick), new Spot(box.x() - 10, y + 4), Anchor.END, Lettering.NOTE, Ink.MUTED);
        }
    }

    /** The numbers of the horizontal axis, and its name. */
    void along(Scale scale, List<Double> ticks, DoubleFunction<String> label, String name) {
        canvas.line(List.of(new Spot(box.x(), bottom()), new Spot(right(), bottom())), Stroke.HAIR, Ink.MUTED);
        double last = Double.NEGATIVE_INFINITY;
        for (double tick : ticks) {
            double x = scale.at(tick);
            if (x - last >= 48) {
                canvas.line(List.of(new Spot(x, bottom()), new Spot(x, bottom() + 5)), Stroke.HAIR, Ink.MUTED);
                canvas.text(label.apply(tick), new Spot(x, bottom() + 20), Anchor.MIDDLE, Lettering.NOTE, Ink.MUTED);
                last = x;
            }
        }
        canvas.text(name, new Spot(box.x() + box.width() / 2, bottom() + 40), Anchor.MIDDLE, Lettering.NOTE, Ink.MUTED);
    }

    /** The axis of sequence lengths: those that were computed if they are few, or round ones. */
    void lengthsAxis(Scale scale, List<Integer> lengths) {
        List<Double> ticks = lengths.size() <= 10
                ? lengths.stream().map(Integer::doubleValue).sorted().toList()
                : scale.ticks(10);
        along(scale, ticks, tick -> Long.toString(Math.round(tick)), "sequence length [tokens]");
    }

    /** A dashed line across the plot, with words above it at its left end. */
    void limit(double y, String words) {
        canvas.line(List.of(new Spot(box.x(), y), new Spot(right(), y)), Stroke.DASHED, Ink.LIMIT);
        canvas.text(words, new Spot(box.x() + 8, y - 6), Anchor.START, Lettering.LABEL, Ink.LIMIT);
    }

    /** Moves labels apart that would overlap, and keeps their order; {@code wished} is from top to bottom. */
    double[] apart(double[] wished) {
        double[] placed = wished.clone();
        for (int i = 1; i < placed.length; i++) {
            placed[i] = Math.max(placed[i], placed[i - 1] + LABEL_HEIGHT);
        }
        double over = placed.length == 0 ? 0 : placed[placed.length - 1] - bottom();
        if (over > 0) {
            placed[placed.length - 1] -= over;
            for (int i = placed.length - 2; i >= 0; i--) {
                placed[i] = Math.min(placed[i], placed[i + 1] - LABEL_HEIGHT);
            }
        }
        return placed;
    }

    /** A number with as many decimals as steps of {@code step} need. */
    private static String decimals(double number, double step) {
        int decimals = step >= 1 && step == Math.rint(step) ? 0 : (int) Math.max(1, Math.ceil(-Math.log10(step)));
        return String.format(java.util.Locale.ROOT, "%." + decimals + "f", number);
    }
}
