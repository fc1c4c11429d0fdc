package dev.headroom.simulator.input;

import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads one YAML 1.2 document, or JSON, which is YAML. Works on the parser's events, so that nothing is built that could
 * blow up: aliases, tags and deep nesting are refused.
 */
public final class YamlReader {
    private final String name;
    private final Problems problems;
    private final ParserImpl parser;

    private YamlReader(InputText input, Problems problems) {
        this.name = input.name();
        this.problems = problems;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(input.name())
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
        this.parser = new ParserImpl(settings, new StreamReader(settings, input.text()));
    }

    /**
     * Reads a document.
     *
     * @param problems takes what is wrong but lets reading go on, such as duplicate keys
     * @throws InputException if it is empty or no YAML
     */
    public static InputNode read(InputText input, Problems problems) {
        try {
            return new YamlReader(input, problems).document();
        } catch (MarkedYamlEngineException e) {
            String problem = Optional.ofNullable(e.getProblem()).orElse("cannot be understood");
            String context =
                    Optional.ofNullable(e.getContext()).map(text -> " " + text).orElse("");
            throw new InputException(
                    place(input.name(), e.getProblemMark().or(e::getContextMark)),
                    "no valid YAML: " + problem + context);
        } catch (ReaderException e) {
            throw new InputException(
                    placeAt(input, e.getPosition()),
                    "no text: character U+%04X is not allowed".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            throw new InputException(Place.of(input.name()), "no valid YAML: " + e.getMessage());
        }
    }

    private InputNode document() {
        parser.next();
        if (parser.checkEvent(Event.ID.StreamEnd)) {
            throw new InputException(Place.of(name), "is empty");
        }
        parser.next();
        InputNode root = node(parser.next(), 0);
        parser.next();
        if (!parser.checkEvent(Event.ID.StreamEnd)) {
            throw new InputException(place(parser.peekEvent()), "a second document begins here; only one is read");
        }
        return root;
    }

    private InputNode node(Event event, int depth) {
        Place place = place(event);
        Nesting.check(place, depth);
        if (event.getEventId() == Event.ID.Alias) {
            throw new InputException(place, "aliases (*name) are not read; write the value again");
        }
        refuseTag(event, place);
        return switch (event.getEventId()) {
            case MappingStart -> mapping(place, depth);
            case SequenceStart -> sequence(place, depth);
            case Scalar -> scalar((ScalarEvent) event, place);
            default -> throw new InputException(place, "unexpected " + event.getEventId());
        };
    }

    private void refuseTag(Event event, Place place) {
        Optional<String> tag = event instanceof ScalarEvent scalar
                ? scalar.getTag()
                : event instanceof CollectionStartEvent collection ? collection.getTag() : Optional.empty();
        if (tag.isPresent()) {
            problems.invalid(place, "tags (%s) are not read".formatted(tag.get()));
        }
        if (event instanceof NodeEvent node && node.getAnchor().isPresent()) {
            problems.invalid(
                    place,
                    "anchors (&%s) are not read"
                            .formatted(node.getAnchor().get().getValue()));
        }
    }

    private InputNode mapping(Place place, int depth) {
        MappingBuilder mapping = new MappingBuilder(place, problems);
        while (!parser.checkEvent(Event.ID.MappingEnd)) {
            InputNode key = node(parser.next(), depth + 1);
            InputNode value = node(parser.next(), depth + 1);
            if (key instanceof Scalar scalar) {
                mapping.add(scalar.text(), key.place(), value);
            } else {
                problems.invalid(key.place(), "a key must be a word, found " + key.shown());
            }
        }
        parser.next();
        return mapping.build();
    }

    private InputNode sequence(Place place, int depth) {
        List<InputNode> items = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.SequenceEnd)) {
            items.add(node(parser.next(), depth + 1));
        }
        parser.next();
        return new Sequence(place, items);
    }

    private static Scalar scalar(ScalarEvent event, Place place) {
        String text = event.getValue();
        return new Scalar(place, text, event.isPlain() ? PlainScalars.typeOf(text) : Scalar.Type.TEXT);
    }

    private Place place(Event event) {
        return place(name, event.getStartMark());
    }

    private static Place place(String name, Optional<Mark> mark) {
        return mark.map(at -> new Place(name, at.getLine() + 1, at.getColumn() + 1))
                .orElseGet(() -> Place.of(name));
    }

    private static Place placeAt(InputText input, int position) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(position, input.text().length()); i++) {
            boolean newLine = input.text().charAt(i) == '\n';
            line += newLine ? 1 : 0;
            column = newLine ? 1 : column + 1;
        }
        return new Place(input.name(), line, column);
    }
}
