package dev.headroom.simulator.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Writes HTML elements; every text is escaped. */
final class HtmlWriter {
    private final StringBuilder html = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element; {@code attributes} is a name and a value in turn. */
    HtmlWriter open(String element, String... attributes) {
        html.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            html.append(' ')
                    .append(attributes[i])
                    .append("=\"")
                    .append(escaped(attributes[i + 1]))
                    .append('"');
        }
        html.append('>');
        open.push(element);
        return this;
    }

    /** Closes the element that was opened last. */
    HtmlWriter close() {
        html.append("</").append(open.pop()).append(">\n");
        return this;
    }

    HtmlWriter text(String text) {
        html.append(escaped(text));
        return this;
    }

    /** An element with nothing but a text. */
    HtmlWriter element(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    /** Markup that is known to be well-formed, such as an SVG chart. */
    HtmlWriter markup(String markup) {
        html.append(markup);
        return this;
    }

    /** A table; columns from {@code numbers} on are numbers. */
    HtmlWriter table(List<List<String>> rows, int numbers) {
        open("div", "class", "scroll").open("table").open("thead").open("tr");
        for (int i = 0; i < rows.get(0).size(); i++) {
            element("th", rows.get(0).get(i), "scope", "col", "class", i >= numbers ? "number" : "");
        }
        close().close().open("tbody");
        for (List<String> row : rows.subList(1, rows.size())) {
            open("tr");
            for (int i = 0; i < row.size(); i++) {
                element("td", row.get(i), "class", i >= numbers ? "number" : "");
            }
            close();
        }
        return close().close().close();
    }

    /** Everything written. */
    String html() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("still open: " + open);
        }
        return html.toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
