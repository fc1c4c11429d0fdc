package dev.headroom.model.method;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Collects a method's options in the order in which they are written. */
final class Options {
    private final Map<String, Object> values = new LinkedHashMap<>();

    Options with(String key, Object value) {
        values.put(key, value);
        return this;
    }

    Map<String, Object> map() {
        return Collections.unmodifiableMap(values);
    }
}
