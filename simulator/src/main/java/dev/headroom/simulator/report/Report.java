package dev.headroom.simulator.report;

/** A result that can be shown in every format. */
public interface Report {
    /** For people: a terminal or Markdown. */
    Document document(Unit unit);

    String json();

    String csv();

    /**
     * The result in a format.
     *
     * @param color whether a terminal's colours may be used
     */
    default String in(Format format, Unit unit, boolean color) {
        return switch (format) {
            case TABLE -> document(unit).plain(color);
            case MARKDOWN -> document(unit).markdown();
            case JSON -> json();
            case CSV -> csv();
        };
    }
}
