package dev.headroom.simulator.chart;

import java.util.List;

/** What charts draw on: x to the right and y downwards, in pixels. */
interface Canvas {
    /** A place. */
    record Spot(double x, double y) {}

    /** A box, by its upper left corner. */
    record Box(double x, double y, double width, double height) {}

    /** How a line is drawn. */
    enum Stroke {
        HAIR(1, false),
        LINE(2.25, false),
        DASHED(1.5, true);

        private final double width;
        private final boolean dashed;

        Stroke(double width, boolean dashed) {
            this.width = width;
            this.dashed = dashed;
        }

        double width() {
            return width;
        }

        boolean dashed() {
            return dashed;
        }
    }

    /** Where a text lies from its spot, which is on its base line. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** Sizes and weights of text. */
    enum Lettering {
        TITLE(19, true),
        LABEL(13, true),
        NOTE(12, false);

        private final int size;
        private final boolean bold;

        Lettering(int size, boolean bold) {
            this.size = size;
            this.bold = bold;
        }

        int size() {
            return size;
        }

        boolean bold() {
            return bold;
        }
    }

    void rectangle(Box box, Ink fill);

    /** A closed outline, filled. */
    void area(List<Spot> outline, Ink fill);

    void line(List<Spot> spots, Stroke stroke, Ink ink);

    /** A disc, or a ring if it is not filled. */
    void disc(Spot centre, double radius, Ink ink, boolean filled);

    void text(String text, Spot at, Anchor anchor, Lettering lettering, Ink ink);
}
