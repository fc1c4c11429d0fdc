package dev.headroom.simulator.measured;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A table of words, laid out as text or Markdown. The first column is left-aligned, the others right-aligned.
 *
 * @param columns its columns
 * @param rows its cells, as many in each row as there are columns
 */
record Table(List<Column> columns, List<List<String>> rows) {
    /**
     * A column.
     *
     * @param group what several neighbouring columns have in common; empty if nothing
     * @param name its own heading
     * @param alignment on which side its cells end
     */
    record Column(String group, String name, Alignment alignment) {
        static Column left(String name) {
            return new Column("", name, Alignment.LEFT);
        }

        static Column right(String name) {
            return new Column("", name, Alignment.RIGHT);
        }

        static Column right(String group, String name) {
            return new Column(group, name, Alignment.RIGHT);
        }

        String title() {
            return group.isEmpty() ? name : group + " " + name;
        }
    }

    /** Sides. */
    enum Alignment {
        LEFT,
        RIGHT
    }

    Table {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<String> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException("row %s must have %d cells".formatted(row, columns.size()));
            }
        }
    }

    /** As lines of Markdown. */
    List<String> markdown() {
        List<String> lines = new ArrayList<>();
        lines.add("| " + String.join(" | ", columns.stream().map(Column::title).toList()) + " |");
        lines.add("| "
                + String.join(
                        " | ",
                        columns.stream()
                                .map(column -> column.alignment() == Alignment.LEFT ? "---" : "---:")
                                .toList())
                + " |");
        for (List<String> row : rows) {
            lines.add("| "
                    + String.join(
                            " | ",
                            row.stream().map(cell -> cell.replace("|", "\\|")).toList())
                    + " |");
        }
        return lines;
    }

    /** As lines of text, aligned with spaces. */
    List<String> text() {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = width(columns.get(i).name());
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        List<String> lines = new ArrayList<>();
        groupLine(widths).ifPresent(lines::add);
        lines.add(line(columns.stream().map(Column::name).toList(), widths));
        for (List<String> row : rows) {
            lines.add(line(row, widths));
        }
        return lines;
    }

    private Optional<String> groupLine(int[] widths) {
        if (columns.stream().allMatch(column -> column.group().isEmpty())) {
            return Optional.empty();
        }
        StringBuilder line = new StringBuilder();
        int start = 0;
        while (start < columns.size()) {
            String group = columns.get(start).group();
            int end = start;
            int width = -2;
            while (end < columns.size() && columns.get(end).group().equals(group)) {
                width += widths[end] + 2;
                end++;
            }
            if (width < group.length()) {
                widths[end - 1] += group.length() - width;
                width = group.length();
            }
            String dashes = group.isEmpty() ? " ".repeat(width) : centred(group, width);
            line.append(start == 0 ? "" : "  ").append(dashes);
            start = end;
        }
        return Optional.of(line.toString().stripTrailing());
    }

    private static String centred(String group, int width) {
        if (width < group.length() + 2) {
            return group + " ".repeat(width - group.length());
        }
        int left = (width - group.length() - 2) / 2;
        int right = width - group.length() - 2 - left;
        return "-".repeat(left) + " " + group + " " + "-".repeat(right);
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - width(cells.get(i)));
            line.append(i == 0 ? "" : "  ");
            line.append(
                    columns.get(i).alignment() == Alignment.LEFT ? cells.get(i) + padding : padding + cells.get(i));
        }
        return line.toString().stripTrailing();
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
