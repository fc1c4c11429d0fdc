package dev.headroom.simulator.report;

import java.util.ArrayList;
import java.util.List;

/** Rows under headings. Columns after the first are numbers and right-aligned, unless they are made {@code left}. */
public final class TextTable {
    private final List<String> headings;
    private final List<Boolean> left = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(String... headings) {
        this.headings = List.of(headings);
        for (int i = 0; i < headings.length; i++) {
            left.add(i == 0);
        }
    }

    /** Makes a column text, or numbers. */
    public TextTable left(int column, boolean isText) {
        left.set(column, isText);
        return this;
    }

    public TextTable row(List<String> cells) {
        if (cells.size() != headings.size()) {
            throw new IllegalArgumentException("cells (%s) must be %s".formatted(cells, headings.size()));
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    public TextTable row(String... cells) {
        return row(List.of(cells));
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Aligned columns under a rule. */
    String plain() {
        int[] widths = new int[headings.size()];
        measure(headings, widths);
        for (List<String> row : rows) {
            measure(row, widths);
        }
        StringBuilder text = new StringBuilder();
        line(text, headings, widths);
        for (int i = 0; i < widths.length; i++) {
            text.append(i == 0 ? "" : "  ").append("-".repeat(widths[i]));
        }
        text.append('\n');
        for (List<String> row : rows) {
            line(text, row, widths);
        }
        return text.toString();
    }

    String markdown() {
        StringBuilder text = new StringBuilder("|");
        for (String heading : headings) {
            text.append(' ').append(escaped(heading)).append(" |");
        }
        text.append("\n|");
        for (boolean isText : left) {
            text.append(isText ? " --- |" : " ---: |");
        }
        text.append('\n');
        for (List<String> row : rows) {
            text.append('|');
            for (String cell : row) {
                // Spaces that indent plain tables would vanish.
                int indent = cell.length() - cell.stripLeading().length();
                text.append(' ')
                        .append("&nbsp;".repeat(indent))
                        .append(escaped(cell.strip()))
                        .append(" |");
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|");
    }

    private static void measure(List<String> cells, int[] widths) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], cells.get(i).length());
        }
    }

    private void line(StringBuilder text, List<String> cells, int[] widths) {
        int start = text.length();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            text.append(i == 0 ? "" : "  ");
            text.append(left.get(i) ? cells.get(i) + padding : padding + cells.get(i));
        }
        int end = text.length();
        while (end > start && text.charAt(end - 1) == ' ') {
            end--;
        }
        text.setLength(end);
        text.append('\n');
    }
}
