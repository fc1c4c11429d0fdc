package dev.headroom.model.samediff.graph;

/** The values an array begins with. The memory of a job does not depend on them; whether it learns does. */
public sealed interface Filling {
    /** Random numbers about zero, of this standard deviation. */
    record Noise(double deviation) implements Filling {}

    record Zeros() implements Filling {}

    record Ones() implements Filling {}

    /**
     * Cosines, or sines, of {@code position · base^(-2i/dimension)}, as rotary positions have them: shape
     * [1, 1, positions, dimension / 2].
     */
    record Rotations(boolean sine, double base) implements Filling {}

    /**
     * What is added to scores: 0 where a key is visible, else a number that softmax turns to zero. Shape
     * [1, 1, 1, queries, keys].
     *
     * @param window how many keys a query sees, itself among them
     */
    record CausalMask(long window) implements Filling {}

    /** Whether it is a table that is computed, and no weight. */
    default boolean isTable() {
        return this instanceof Rotations || this instanceof CausalMask;
    }
}
