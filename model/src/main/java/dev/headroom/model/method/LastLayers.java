package dev.headroom.model.method;

import java.util.Map;

/**
 * The last decoder layers and the output head train; a tied head is the input embedding, which then trains.
 *
 * @param count how many layers train
 */
public record LastLayers(int count) implements Method {
    /**
     * @throws IllegalArgumentException if {@code count} is not positive
     */
    public LastLayers {
        if (count < 1) {
            throw new IllegalArgumentException("count (%d) must be at least 1".formatted(count));
        }
    }

    /** The number of layers that has a name of its own. */
    private static final int NAMED = 4;

    @Override
    public String name() {
        return count == NAMED ? "last-4-layers" : "last-layers";
    }

    @Override
    public String description() {
        return "last-%d-layers".formatted(count);
    }

    @Override
    public Map<String, Object> options() {
        return count == NAMED
                ? Map.of()
                : new Options().with("trainedLayers", count).map();
    }
}
