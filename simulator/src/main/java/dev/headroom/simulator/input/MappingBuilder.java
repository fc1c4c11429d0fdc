package dev.headroom.simulator.input;

import dev.headroom.simulator.input.InputNode.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Builds a mapping and reports keys that come twice. */
final class MappingBuilder {
    private final Place place;
    private final Problems problems;
    private final List<Mapping.Entry> entries = new ArrayList<>();
    private final Map<String, Place> seen = new HashMap<>();

    MappingBuilder(Place place, Problems problems) {
        this.place = place;
        this.problems = problems;
    }

    void add(String key, Place keyPlace, InputNode value) {
        Place first = seen.putIfAbsent(key, keyPlace);
        if (first == null) {
            entries.add(new Mapping.Entry(key, keyPlace, value));
        } else {
            problems.invalid(keyPlace, "duplicate key '%s', first given at %s".formatted(key, first));
        }
    }

    Mapping build() {
        return new Mapping(place, entries);
    }
}
