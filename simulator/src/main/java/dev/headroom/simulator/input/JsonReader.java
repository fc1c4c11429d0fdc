package dev.headroom.simulator.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Scalar.Type;
import dev.headroom.simulator.input.InputNode.Sequence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one JSON document. NaN and Infinity are accepted, because Python writes them. */
public final class JsonReader {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /** How Jackson says where what is not closed began. */
    private static final Pattern START_MARKER =
            Pattern.compile("\\(start marker at .*line: (\\d+), column: (\\d+)]\\)");

    private final String name;
    private final int firstLine;
    private final Problems problems;
    private final JsonParser parser;

    private JsonReader(String name, int firstLine, Problems problems, JsonParser parser) {
        this.name = name;
        this.firstLine = firstLine;
        this.problems = problems;
        this.parser = parser;
    }

    /**
     * Reads a document.
     *
     * @param problems takes what is wrong but lets reading go on, such as duplicate keys
     * @throws InputException if it is empty or no JSON
     */
    public static InputNode read(InputText input, Problems problems) {
        return read(input, 1, problems);
    }

    /**
     * Reads a document that is a part of a file, such as one record of a file with a record a line.
     *
     * @param firstLine 1-based line of the file at which the document starts
     * @throws InputException if it is empty or no JSON
     */
    public static InputNode read(InputText input, int firstLine, Problems problems) {
        try (JsonParser parser = FACTORY.createParser(input.text())) {
            JsonReader reader = new JsonReader(input.name(), firstLine, problems, parser);
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new InputException(Place.of(input.name()), "is empty");
            }
            InputNode root = reader.node(first, 0);
            if (parser.nextToken() != null) {
                throw new InputException(reader.place(), "no valid JSON: more follows after the end of the document");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new InputException(place(input.name(), firstLine, e.getLocation()), "no valid JSON: " + reason(e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InputNode node(JsonToken token, int depth) throws IOException {
        Place place = place();
        Nesting.check(place, depth);
        return switch (token) {
            case START_OBJECT -> mapping(place, depth);
            case START_ARRAY -> sequence(place, depth);
            case VALUE_NULL -> new Scalar(place, "null", Type.NULL);
            case VALUE_TRUE, VALUE_FALSE -> new Scalar(place, parser.getText(), Type.BOOLEAN);
            case VALUE_NUMBER_INT -> new Scalar(place, parser.getText(), Type.INTEGER);
            case VALUE_NUMBER_FLOAT -> new Scalar(place, parser.getText(), Type.FLOAT);
            default -> new Scalar(place, parser.getText(), Type.TEXT);
        };
    }

    private InputNode mapping(Place place, int depth) throws IOException {
        MappingBuilder mapping = new MappingBuilder(place, problems);
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            Place keyPlace = place();
            mapping.add(key, keyPlace, node(parser.nextToken(), depth + 1));
        }
        return mapping.build();
    }

    private InputNode sequence(Place place, int depth) throws IOException {
        List<InputNode> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(node(token, depth + 1));
        }
        return new Sequence(place, items);
    }

    private Place place() {
        return place(name, firstLine, parser.currentTokenLocation());
    }

    private static Place place(String name, int firstLine, JsonLocation location) {
        return location == null
                ? Place.of(name)
                : new Place(name, firstLine - 1 + location.getLineNr(), location.getColumnNr());
    }

    /** Jackson's own words, without the advice for programmers and the locations in them. */
    private static String reason(JsonProcessingException e) {
        String message = e.getOriginalMessage();
        int line = message.indexOf('\n');
        String first = line < 0 ? message : message.substring(0, line);
        Matcher start = START_MARKER.matcher(first);
        return start.replaceFirst("of line $1, column $2");
    }
}
