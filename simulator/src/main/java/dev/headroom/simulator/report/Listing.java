package dev.headroom.simulator.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Entries of a catalog: a list of some columns, or one entry with all its facts.
 *
 * @param key key of the list in JSON, such as {@code models}
 * @param columns what is known of each entry
 * @param rows the entries, a value for each column
 * @param single whether it is one entry, shown with a line for each fact
 */
public record Listing(String key, List<Column> columns, List<List<String>> rows, boolean single) implements Report {
    public Listing {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /**
     * A fact.
     *
     * @param key key in JSON and CSV, with the unit
     * @param heading words in tables; empty if lists leave it out
     * @param number whether it is a number
     */
    public record Column(String key, String heading, boolean number) {}

    @Override
    public Document document(Unit unit) {
        return single ? facts() : new Document().table(list());
    }

    private Document facts() {
        Document document = new Document().heading(rows.get(0).get(0));
        for (int i = 1; i < columns.size(); i++) {
            String value = rows.get(0).get(i);
            if (!value.isEmpty()) {
                document.point("%s: %s".formatted(columns.get(i).key(), value));
            }
        }
        return document;
    }

    private TextTable list() {
        List<Integer> shown = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            if (!columns.get(i).heading().isEmpty()) {
                shown.add(i);
            }
        }
        TextTable table =
                new TextTable(shown.stream().map(i -> columns.get(i).heading()).toArray(String[]::new));
        for (int at = 0; at < shown.size(); at++) {
            table.left(at, !columns.get(shown.get(at)).number());
        }
        for (List<String> row : rows) {
            List<String> cells = new ArrayList<>();
            for (int i : shown) {
                cells.add(columns.get(i).number() ? readable(row.get(i)) : row.get(i));
            }
            table.row(cells);
        }
        return table;
    }

    private static String readable(String number) {
        return number.isEmpty() || number.indexOf('.') >= 0 ? number : Numbers.grouped(Long.parseLong(number));
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            if (!single) {
                json.writeArrayFieldStart(key);
            }
            for (List<String> row : rows) {
                if (!single) {
                    json.writeStartObject();
                }
                for (int i = 0; i < columns.size(); i++) {
                    json.writeFieldName(columns.get(i).key());
                    if (row.get(i).isEmpty()) {
                        json.writeNull();
                    } else if (columns.get(i).number()) {
                        json.writeNumber(row.get(i));
                    } else {
                        json.writeString(row.get(i));
                    }
                }
                if (!single) {
                    json.writeEndObject();
                }
            }
            if (!single) {
                json.writeEndArray();
            }
        });
    }

    @Override
    public String csv() {
        List<List<String>> all = new ArrayList<>();
        all.add(columns.stream().map(Column::key).toList());
        all.addAll(rows);
        return CsvText.of(all);
    }
}
