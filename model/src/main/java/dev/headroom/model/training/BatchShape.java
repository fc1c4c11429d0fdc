package dev.headroom.model.training;

/**
 * One micro-batch.
 *
 * @param microBatch b [sequences]
 * @param sequenceLength s [tokens per sequence]
 * @param padded whether some tokens are padding, so that attention needs a mask
 */
public record BatchShape(int microBatch, int sequenceLength, boolean padded) {
    /**
     * @throws IllegalArgumentException if either size is not positive
     */
    public BatchShape {
        if (microBatch < 1) {
            throw new IllegalArgumentException("microBatch (%d) must be at least 1".formatted(microBatch));
        }
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("sequenceLength (%d) must be at least 1".formatted(sequenceLength));
        }
    }

    /** b·s [tokens]. */
    public long tokens() {
        return Math.multiplyExact((long) microBatch, (long) sequenceLength);
    }
}
