package dev.headroom.simulator.measured;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.program.Figure;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads measured records, one JSON object a line. A line that cannot be read becomes an entry that says why; reading goes
 * on with the next line. Keys beside {@code job} that are not needed are skipped without being kept.
 */
final class RecordLines {
    /** Longest line read [bytes]: a thousand times a record with its saved tensors. */
    static final int LONGEST_LINE = 32 << 20;

    /** After so many lines that are no records, the rest of a file is not read: it is no file of records. */
    static final int MOST_UNREADABLE = 1000;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final String file;
    private final Consumer<MeasuredEntry> sink;

    private RecordLines(String file, Consumer<MeasuredEntry> sink) {
        this.file = file;
        this.sink = sink;
    }

    /**
     * Reads a stream to its end.
     *
     * @param file its name in messages
     * @param sink gets each entry, in order
     */
    static void read(InputStream stream, String file, Consumer<MeasuredEntry> sink) throws IOException {
        new RecordLines(file, sink).read(stream);
    }

    private void read(InputStream stream) throws IOException {
        InputStream buffered = new BufferedInputStream(stream, 1 << 16);
        ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 15);
        long number = 1;
        int unreadable = 0;
        boolean ended = false;
        while (!ended) {
            line.reset();
            boolean tooLong = false;
            int next = buffered.read();
            while (next != -1 && next != '\n') {
                if (line.size() < LONGEST_LINE) {
                    line.write(next);
                } else {
                    tooLong = true;
                }
                next = buffered.read();
            }
            ended = next == -1;
            Origin origin = new Origin(file, number);
            number++;
            byte[] bytes = line.toByteArray();
            if (isBlank(bytes)) {
                continue;
            }
            MeasuredEntry entry = tooLong
                    ? unreadable(origin, "longer than %d bytes; a record is one line".formatted(LONGEST_LINE))
                    : parse(bytes, origin);
            sink.accept(entry);
            if (entry instanceof MeasuredEntry.Unreadable && ++unreadable == MOST_UNREADABLE) {
                sink.accept(unreadable(
                        new Origin(file, number),
                        "%d lines before this one are no records; the rest of the file was not read"
                                .formatted(MOST_UNREADABLE)));
                return;
            }
        }
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private static MeasuredEntry.Unreadable unreadable(Origin origin, String message) {
        return new MeasuredEntry.Unreadable(origin.toString(), origin, message);
    }

    private static MeasuredEntry parse(byte[] line, Origin origin) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        try (JsonParser parser = FACTORY.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return unreadable(origin, "no JSON object; a record is one object on one line");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                if (key.equals("savedTensors")) {
                    parser.skipChildren();
                } else {
                    fields.put(key, JsonValue.read(parser));
                }
            }
            if (parser.nextToken() != null) {
                return unreadable(origin, "something follows the record on the same line");
            }
        } catch (JsonProcessingException e) {
            return unreadable(origin, "broken JSON at column %d: %s".formatted(column(e), e.getOriginalMessage()));
        } catch (IOException e) {
            return unreadable(origin, "unreadable: " + e.getMessage());
        }
        return entryOf(fields, origin);
    }

    private static int column(JsonProcessingException e) {
        return e.getLocation() == null ? 1 : e.getLocation().getColumnNr();
    }

    @SuppressWarnings("unchecked") // JsonValue makes maps with string keys only
    private static MeasuredEntry entryOf(Map<String, @Nullable Object> fields, Origin origin) {
        String id = fields.get("id") == null ? origin.toString() : String.valueOf(fields.get("id"));
        if (!(fields.get("job") instanceof Map<?, ?> job)) {
            return new MeasuredEntry.Unreadable(id, origin, "has no 'job' object");
        }
        SoftwareStack stack = fields.get("stack") instanceof Map<?, ?> versions
                ? RecordedJobReader.stackOf(versions)
                : SoftwareStack.NEWEST;
        RecordedJob recorded = RecordedJobReader.read((Map<String, @Nullable Object>) job, stack);
        Optional<String> gpu = fields.get("gpu") instanceof Map<?, ?> card
                ? Optional.ofNullable(card.get("name")).map(String::valueOf)
                : Optional.ofNullable(fields.get("gpu")).map(String::valueOf);
        try {
            return new MeasuredEntry.Run(new MeasuredRun(id, origin, recorded, gpu, figures(fields)));
        } catch (IllegalArgumentException e) {
            return new MeasuredEntry.Unreadable(id, origin, String.valueOf(e.getMessage()));
        }
    }

    private static MeasuredFigures figures(Map<String, @Nullable Object> fields) {
        Object outOfMemory = fields.get("outOfMemory");
        if (outOfMemory != null && !(outOfMemory instanceof Boolean)) {
            throw new IllegalArgumentException(
                    "outOfMemory is %s; it must be true or false".formatted(JsonValue.describe(outOfMemory)));
        }
        return new MeasuredFigures(
                new MeasuredFigures.Peaks(
                        bytes(fields, Quantity.ALLOCATED.key()),
                        bytes(fields, Quantity.RESERVED.key()),
                        bytes(fields, Quantity.PROCESS.key()),
                        Optional.ofNullable((Boolean) outOfMemory)),
                new MeasuredFigures.AfterLoad(
                        bytes(fields, "afterLoadBytes"),
                        bytes(fields, "reservedAfterLoadBytes"),
                        bytes(fields, "segmentsAtEnd")),
                steps(fields.get("steps")));
    }

    private static List<Map<Figure, Long>> steps(@Nullable Object value) {
        List<Map<Figure, Long>> steps = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                Map<Figure, Long> step = new EnumMap<>(Figure.class);
                if (item instanceof Map<?, ?> figures) {
                    for (Figure figure : Figure.values()) {
                        OptionalLong bytes = bytes(figures, figure.key());
                        if (bytes.isPresent()) {
                            step.put(figure, bytes.getAsLong());
                        }
                    }
                }
                steps.add(step);
            }
        }
        return steps;
    }

    private static OptionalLong bytes(Map<?, ?> fields, String key) {
        Object value = fields.get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof Long bytes && bytes >= 0) {
            return OptionalLong.of(bytes);
        }
        throw new IllegalArgumentException(
                "%s is %s; it must be a whole number of at least 0".formatted(key, JsonValue.describe(value)));
    }
}
