package dev.headroom.simulator.input;

/**
 * Where an input was written.
 *
 * @param name a file, {@code <stdin>}, or an option of the command line
 * @param line 1-based line, 0 if the place is no line of a file
 * @param column 1-based column, 0 if the place is no line of a file
 */
public record Place(String name, int line, int column) {
    /** A file as a whole, or an option such as {@code --rank}. */
    public static Place of(String name) {
        return new Place(name, 0, 0);
    }

    /** {@code job.yaml:4:3}, or only the name. */
    @Override
    public String toString() {
        return line == 0 ? name : name + ":" + line + ":" + column;
    }
}
