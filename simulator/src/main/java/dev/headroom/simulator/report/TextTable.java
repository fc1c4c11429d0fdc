package dev.headroom.simulator.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Rows under headings. Columns after the first are numbers and right-aligned, unless they are made {@code left}. */
public final class TextTable {
    private static final String GAP = "  ";

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

    /** Aligned columns under a rule. Those that a line has no room for follow below, after the first column again. */
    String plain() {
        int[] widths = new int[headings.size()];
        measure(headings, widths);
        for (List<String> row : rows) {
            measure(row, widths);
        }
        StringBuilder text = new StringBuilder();
        for (List<Integer> columns : blocks(widths)) {
            text.append(text.isEmpty() ? "" : "\n");
            block(text, columns, widths);
        }
        return text.toString();
    }

    /** The columns of each block; every block has the first column and at least one more. */
    private static List<List<Integer>> blocks(int[] widths) {
        List<List<Integer>> blocks = new ArrayList<>();
        List<Integer> block = new ArrayList<>(List.of(0));
        int used = widths[0];
        for (int column = 1; column < widths.length; column++) {
            int width = GAP.length() + widths[column];
            if (used + width > Document.WIDTH && block.size() > 1) {
                blocks.add(block);
                block = new ArrayList<>(List.of(0));
                used = widths[0];
            }
            block.add(column);
            used += width;
        }
        blocks.add(block);
        return blocks;
    }

    private void block(StringBuilder text, List<Integer> columns, int[] widths) {
        line(text, headings, columns, widths);
        text.append(columns.stream().map(column -> "-".repeat(widths[column])).collect(Collectors.joining(GAP)))
                .append('\n');
        for (List<String> row : rows) {
            line(text, row, columns, widths);
        }
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

    private void line(StringBuilder text, List<String> cells, List<Integer> columns, int[] widths) {
        String line = columns.stream()
                .map(column -> {
                    String cell = cells.get(column);
                    String padding = " ".repeat(widths[column] - cell.length());
                    return left.get(column) ? cell + padding : padding + cell;
                })
                .collect(Collectors.joining(GAP));
        text.append(line.stripTrailing()).append('\n');
    }
}
