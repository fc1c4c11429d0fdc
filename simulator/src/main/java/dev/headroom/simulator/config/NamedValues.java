package dev.headroom.simulator.config;

import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names with values: a mapping, or a text such as {@code torch=2.11,peft=0.21}. */
final class NamedValues {
    private NamedValues() {}

    /** The names with their values, in the order in which they were written; nothing if there are none. */
    static Optional<List<Mapping.Entry>> of(InputNode node) {
        if (node instanceof Mapping mapping) {
            return Optional.of(mapping.entries());
        }
        return node instanceof Scalar scalar ? split(scalar) : Optional.empty();
    }

    private static Optional<List<Mapping.Entry>> split(Scalar scalar) {
        List<Mapping.Entry> entries = new ArrayList<>();
        for (String part : scalar.text().split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                return Optional.empty();
            }
            Scalar value = new Scalar(scalar.place(), part.substring(equals + 1).strip(), Scalar.Type.TEXT);
            entries.add(new Mapping.Entry(part.substring(0, equals).strip(), scalar.place(), value));
        }
        return Optional.of(entries);
    }
}
