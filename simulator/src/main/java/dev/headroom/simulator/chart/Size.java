package dev.headroom.simulator.chart;

/** The size of a chart [pixels]. */
public record Size(int width, int height) {
    /** Two of them fill a slide, one a column of text. */
    public static final Size STANDARD = new Size(960, 540);

    /** Smaller ones have no room for their words; larger ones are a mistake. */
    public static final int LEAST = 320;

    public static final int MOST = 8192;

    /**
     * @throws IllegalArgumentException if a side is not from {@link #LEAST} to {@link #MOST}
     */
    public Size {
        if (width < LEAST || width > MOST || height < LEAST || height > MOST) {
            throw new IllegalArgumentException(
                    "a chart has sides from %d to %d pixels, not %d × %d".formatted(LEAST, MOST, width, height));
        }
    }
}
