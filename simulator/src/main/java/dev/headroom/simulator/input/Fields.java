package dev.headroom.simulator.input;

import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Scalar.Type;
import dev.headroom.simulator.input.InputNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes the fields of a catalog file one by one; what is left over at the end is an unknown key. */
public final class Fields {
    private final Place place;
    private final @Nullable Mapping mapping;
    private final Problems problems;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(Place place, @Nullable Mapping mapping, Problems problems) {
        this.place = place;
        this.mapping = mapping;
        this.problems = problems;
    }

    /** The fields of a node that must be a mapping. */
    public static Fields of(InputNode node, Problems problems) {
        if (node instanceof Mapping mapping) {
            return new Fields(node.place(), mapping, problems);
        }
        problems.invalid(node.place(), "must be a mapping of keys to values, found " + node.shown());
        return new Fields(node.place(), null, problems);
    }

    /** A value that need not be there; {@code null} counts as not there. */
    public Optional<InputNode> optional(String key) {
        known.add(key);
        Optional<InputNode> value =
                mapping == null ? Optional.empty() : mapping.entry(key).map(Mapping.Entry::value);
        return value.filter(node -> !(node instanceof Scalar scalar && scalar.isNull()));
    }

    private Optional<InputNode> required(String key) {
        Optional<InputNode> value = optional(key);
        if (value.isEmpty() && mapping != null) {
            problems.invalid(place, "'%s' is missing".formatted(key));
        }
        return value;
    }

    public String text(String key) {
        return required(key).map(this::text).orElse("");
    }

    public Optional<String> optionalText(String key) {
        return optional(key).map(this::text);
    }

    /** A list of texts; empty if it is not there. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        Optional<InputNode> value = optional(key);
        if (value.isPresent() && value.get() instanceof Sequence sequence) {
            sequence.items().forEach(item -> texts.add(text(item)));
        } else {
            value.ifPresent(node -> problems.invalid(node.place(), "must be a list, found " + node.shown()));
        }
        return texts;
    }

    /** A whole number of at least 1. */
    public long positive(String key) {
        Optional<InputNode> value = required(key);
        if (value.isEmpty()) {
            return 1;
        }
        if (value.get() instanceof Scalar scalar && scalar.toJava() instanceof Long number && number > 0) {
            return number;
        }
        problems.invalid(
                value.get().place(),
                "'%s' must be a whole number above 0, found %s"
                        .formatted(key, value.get().shown()));
        return 1;
    }

    /** A number above 0, if there is one. */
    public OptionalDouble optionalRate(String key) {
        Optional<InputNode> value = optional(key);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (value.get() instanceof Scalar scalar && scalar.toJava() instanceof Number number) {
            double rate = number.doubleValue();
            if (rate > 0 && rate < Double.POSITIVE_INFINITY) {
                return OptionalDouble.of(rate);
            }
        }
        problems.invalid(
                value.get().place(),
                "'%s' must be a number above 0, found %s"
                        .formatted(key, value.get().shown()));
        return OptionalDouble.empty();
    }

    /** The fields of each mapping of a list, which must have one. */
    public List<Fields> each(String key) {
        List<Fields> each = new ArrayList<>();
        Optional<InputNode> value = required(key);
        if (value.isPresent() && value.get() instanceof Sequence sequence) {
            sequence.items().forEach(item -> each.add(of(item, problems)));
            if (each.isEmpty()) {
                problems.invalid(sequence.place(), "'%s' is empty".formatted(key));
            }
        } else {
            value.ifPresent(node ->
                    problems.invalid(node.place(), "'%s' must be a list, found %s".formatted(key, node.shown())));
        }
        return each;
    }

    /** The fields of a mapping below this one. */
    public Fields fields(String key) {
        return required(key).map(node -> of(node, problems)).orElseGet(() -> new Fields(place, null, problems));
    }

    public Place placeOf(String key) {
        return mapping == null
                ? place
                : mapping.entry(key).map(entry -> entry.value().place()).orElse(place);
    }

    /** Reports every key that was not asked for. */
    public void refuseOthers() {
        if (mapping == null) {
            return;
        }
        for (Mapping.Entry entry : mapping.entries()) {
            if (!known.contains(entry.key())) {
                problems.invalid(
                        entry.keyPlace(),
                        "unknown key '%s'".formatted(entry.key()),
                        UnknownKey.hint(entry.key(), known));
            }
        }
    }

    private String text(InputNode node) {
        if (node instanceof Scalar scalar && scalar.type() != Type.NULL) {
            return scalar.text();
        }
        problems.invalid(node.place(), "must be text, found " + node.shown());
        return "";
    }
}
