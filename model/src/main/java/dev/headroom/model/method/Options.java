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

    static void checkPositive(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s (%d) must be at least 1".formatted(key, value));
        }
    }

    static void checkDropout(double dropout) {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout (%s) must be at least 0 and below 1".formatted(dropout));
        }
    }
}
