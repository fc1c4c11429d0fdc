package dev.headroom.simulator.chart;

/** There is no font on this machine, which pictures of pixels need. SVG does without. */
public final class MissingFontException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MissingFontException(Throwable cause) {
        super("this machine has no fonts, which a picture of pixels needs; write SVG, or install one", cause);
    }
}
