package dev.headroom.simulator.input;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A value as it was written, with its place: what YAML files, JSON files and the command line have in common. */
public sealed interface InputNode {
    Place place();

    /** What this is, in words for a message: {@code 'lora'}, {@code -3}, {@code a list}. */
    String shown();

    /** The value as plain Java: String, Long, BigInteger, Double, Boolean, List, Map or null. */
    @Nullable
    Object toJava();

    /**
     * A single value.
     *
     * @param text as written, without quotes
     * @param type what the file's syntax says it is
     */
    record Scalar(Place place, String text, Type type) implements InputNode {
        /** What the syntax of a file says about a value. */
        public enum Type {
            NULL,
            BOOLEAN,
            INTEGER,
            FLOAT,
            TEXT,
            /** From the command line, where everything is text. */
            UNTYPED
        }

        /** A value given to an option of the command line. */
        public static Scalar ofOption(String option, String text) {
            return new Scalar(Place.of(option), text, Type.UNTYPED);
        }

        public boolean isNull() {
            return type == Type.NULL;
        }

        /** The number that is written here; NaN if none is. */
        public double decimal() {
            return PlainScalars.decimal(text);
        }

        @Override
        public String shown() {
            if (type == Type.NULL) {
                return "nothing";
            }
            String shortened = text.length() > 60 ? text.substring(0, 60) + "…" : text;
            return type == Type.TEXT || type == Type.UNTYPED ? "'" + shortened + "'" : shortened;
        }

        @Override
        public @Nullable Object toJava() {
            return PlainScalars.value(text, type);
        }
    }

    /** A list. */
    record Sequence(Place place, List<InputNode> items) implements InputNode {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String shown() {
            return "a list";
        }

        @Override
        public List<@Nullable Object> toJava() {
            List<@Nullable Object> list = new ArrayList<>();
            for (InputNode item : items) {
                list.add(item.toJava());
            }
            return list;
        }
    }

    /** Keys with values, in the order of the file; keys are unique. */
    record Mapping(Place place, List<Entry> entries) implements InputNode {
        /** One key with its value. */
        public record Entry(String key, Place keyPlace, InputNode value) {}

        public Mapping {
            entries = List.copyOf(entries);
        }

        public Optional<Entry> entry(String key) {
            for (Entry entry : entries) {
                if (entry.key().equals(key)) {
                    return Optional.of(entry);
                }
            }
            return Optional.empty();
        }

        @Override
        public String shown() {
            return "a mapping";
        }

        @Override
        public Map<String, @Nullable Object> toJava() {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            for (Entry entry : entries) {
                map.put(entry.key(), entry.value().toJava());
            }
            return map;
        }
    }
}
