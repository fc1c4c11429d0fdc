package dev.headroom.simulator.chart;

import java.util.List;

/** A chart: a title, what it shows in words, the drawing, and its numbers as a table. */
public abstract class Chart {
    private final String title;
    private final String subtitle;

    Chart(String title, String subtitle) {
        this.title = title;
        this.subtitle = subtitle;
    }

    /** What the chart is about. */
    public final String title() {
        return title;
    }

    /** The particulars: model, method, card. */
    public final String subtitle() {
        return subtitle;
    }

    /** What it shows, for readers who do not see it. */
    public abstract String description();

    /** Its numbers, headings first; bytes are whole. */
    public abstract List<List<String>> table();

    abstract void draw(Canvas canvas, Size size);

    /**
     * The chart as an SVG document.
     *
     * @param id prefix of the ids in it, so that several can stand in one page
     */
    public final String svg(String id, Size size, Theme theme) {
        SvgCanvas canvas = new SvgCanvas();
        drawAll(canvas, size);
        return canvas.document(id, title + ": " + subtitle, description(), size, theme);
    }

    /**
     * The chart as a PNG file, with two pixels for each of {@code size}.
     *
     * @throws MissingFontException if the machine has no font to write with
     */
    public final byte[] png(Size size, Theme theme) {
        try (ImageCanvas canvas = new ImageCanvas(size, theme)) {
            drawAll(canvas, size);
            return canvas.png();
        } catch (InternalError | NullPointerException | UnsatisfiedLinkError e) {
            // How Java's font code fails on a machine without fonts or without fontconfig, by version.
            throw new MissingFontException(e);
        }
    }

    private void drawAll(Canvas canvas, Size size) {
        canvas.rectangle(new Canvas.Box(0, 0, size.width(), size.height()), Ink.GROUND);
        canvas.text(title, new Canvas.Spot(24, 34), Canvas.Anchor.START, Canvas.Lettering.TITLE, Ink.TEXT);
        canvas.text(subtitle, new Canvas.Spot(24, 55), Canvas.Anchor.START, Canvas.Lettering.NOTE, Ink.MUTED);
        draw(canvas, size);
    }
}
