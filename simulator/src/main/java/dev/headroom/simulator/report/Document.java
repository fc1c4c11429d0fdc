package dev.headroom.simulator.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A result for people: paragraphs, points and tables, as plain text of 80 columns or as Markdown. */
public final class Document {
    /** Columns of plain text. */
    static final int WIDTH = 80;

    private static final String ESCAPE = "\u001B[";

    /** What a paragraph says, beside its words. */
    enum Tone {
        PLAIN,
        GOOD,
        BAD,
        HEADING,
        POINT
    }

    private record Block(Tone tone, String text, Optional<TextTable> table) {}

    private final List<Block> blocks = new ArrayList<>();

    Document add(Tone tone, String text) {
        blocks.add(new Block(tone, text, Optional.empty()));
        return this;
    }

    Document paragraph(String text) {
        return add(Tone.PLAIN, text);
    }

    Document point(String text) {
        return add(Tone.POINT, text);
    }

    Document heading(String text) {
        return add(Tone.HEADING, text);
    }

    Document table(TextTable table) {
        blocks.add(new Block(Tone.PLAIN, "", Optional.of(table)));
        return this;
    }

    /**
     * Text for a terminal.
     *
     * @param color whether good and bad news are coloured; they differ in words too
     */
    public String plain(boolean color) {
        StringBuilder text = new StringBuilder();
        Optional<Tone> last = Optional.empty();
        for (Block block : blocks) {
            boolean together = last.isPresent()
                    && (last.get() == Tone.HEADING || (last.get() == Tone.POINT && block.tone() == Tone.POINT));
            text.append(text.length() == 0 || together ? "" : "\n");
            text.append(block.table().map(TextTable::plain).orElseGet(() -> colored(block, color)));
            last = Optional.of(block.tone());
        }
        return text.toString();
    }

    private static String colored(Block block, boolean color) {
        String indent = block.tone() == Tone.POINT ? "  " : "";
        String wrapped = wrapped((block.tone() == Tone.POINT ? "- " : "") + block.text(), indent);
        String code = switch (block.tone()) {
            case GOOD -> "32;1m";
            case BAD -> "31;1m";
            case HEADING -> "1m";
            default -> "";
        };
        return color && !code.isEmpty() ? ESCAPE + code + wrapped.stripTrailing() + ESCAPE + "0m\n" : wrapped;
    }

    /** Breaks lines between words; a word longer than a line stays whole. */
    private static String wrapped(String text, String indent) {
        StringBuilder lines = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + word.length() > WIDTH) {
                lines.append('\n').append(indent);
                column = indent.length();
            } else if (column > 0) {
                lines.append(' ');
                column++;
            }
            lines.append(word);
            column += word.length();
        }
        return lines.append('\n').toString();
    }

    public String markdown() {
        StringBuilder text = new StringBuilder();
        Tone last = Tone.PLAIN;
        for (Block block : blocks) {
            boolean together = last == Tone.POINT && block.tone() == Tone.POINT;
            text.append(text.length() == 0 || together ? "" : "\n");
            String before = switch (block.tone()) {
                case GOOD, BAD -> "**";
                case HEADING -> "### ";
                case POINT -> "- ";
                case PLAIN -> "";
            };
            String after = before.equals("**") ? "**\n" : "\n";
            text.append(block.table().map(TextTable::markdown).orElse(before + block.text() + after));
            last = block.tone();
        }
        return text.toString();
    }
}
