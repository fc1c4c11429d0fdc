package dev.headroom.model.method;

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

    @Override
    public String name() {
        return "last-%d-layers".formatted(count);
    }
}
