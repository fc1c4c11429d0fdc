package dev.headroom.simulator.measured;

/**
 * Where a row was read.
 *
 * @param file path as the user gave it, or below the directory given
 * @param line 1-based line of the row
 */
public record Origin(String file, long line) {
    /** {@code data/measured/pytorch-h200.jsonl:12}. */
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
