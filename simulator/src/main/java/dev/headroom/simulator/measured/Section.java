package dev.headroom.simulator.measured;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A part of a report.
 *
 * @param title its heading; empty if it has none
 * @param parts paragraphs and tables, in order
 */
record Section(String title, List<Part> parts) {
    Section {
        parts = List.copyOf(parts);
    }

    static Section of(String title, Part... parts) {
        return new Section(title, List.of(parts));
    }

    /** A piece of a section. */
    sealed interface Part {
        List<String> text();

        List<String> markdown();
    }

    /** Lines that belong together. */
    record Paragraph(List<String> lines) implements Part {
        static Paragraph of(String... lines) {
            return new Paragraph(List.of(lines));
        }

        @Override
        public List<String> text() {
            return lines;
        }

        @Override
        public List<String> markdown() {
            return lines;
        }
    }

    /** Lines whose layout matters. */
    record Block(List<String> lines) implements Part {
        @Override
        public List<String> text() {
            return lines;
        }

        @Override
        public List<String> markdown() {
            List<String> fenced = new ArrayList<>();
            fenced.add("```");
            fenced.addAll(lines);
            fenced.add("```");
            return fenced;
        }
    }

    /** A table. */
    record Grid(Table table) implements Part {
        @Override
        public List<String> text() {
            return table.text();
        }

        @Override
        public List<String> markdown() {
            return table.markdown();
        }
    }

    /** The sections as text, separated by empty lines. */
    static String text(List<Section> sections) {
        List<String> paragraphs = new ArrayList<>();
        for (Section section : sections) {
            List<String> first = new ArrayList<>();
            if (!section.title.isEmpty()) {
                first.add(section.title.toUpperCase(Locale.ROOT));
            }
            for (Part part : section.parts) {
                first.addAll(part.text());
                paragraphs.add(String.join("\n", first));
                first.clear();
            }
            if (!first.isEmpty()) {
                paragraphs.add(String.join("\n", first));
            }
        }
        return String.join("\n\n", paragraphs) + "\n";
    }

    /** The sections as Markdown, with headings of the second level. */
    static String markdown(List<Section> sections) {
        List<String> paragraphs = new ArrayList<>();
        for (Section section : sections) {
            if (!section.title.isEmpty()) {
                paragraphs.add("## " + section.title);
            }
            section.parts.forEach(part -> paragraphs.add(String.join("\n", part.markdown())));
        }
        return String.join("\n\n", paragraphs) + "\n";
    }
}
