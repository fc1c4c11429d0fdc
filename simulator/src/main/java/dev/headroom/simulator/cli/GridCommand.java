package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A command about a job by several methods at several sequence lengths. */
abstract class GridCommand extends JobCommand {
    static final String METHODS = "--methods";
    static final String LENGTHS = "--seqs";

    /** Shorter sequences are not worth a place on an axis. */
    private static final int SHORTEST = 64;

    GridCommand(InputStream standardInput, String name, String description, String... examples) {
        super(standardInput, name, description, examples);
    }

    /** Adds the options {@code --methods} and {@code --seqs}. */
    final void addAxes(String methods, String standardLengths) {
        spec().addOption(option(METHODS, "LIST", methods));
        spec().addOption(option(
                LENGTHS, "LIST", "Sequence lengths: a,b,c or from..to or from..to..step. " + standardLengths));
    }

    /** The methods asked for. */
    final List<String> methods(String standard) {
        return Arrays.stream(value(METHODS).orElse(standard).split(",", -1))
                .map(String::strip)
                .distinct()
                .toList();
    }

    /**
     * The lengths asked for, or else the job's.
     *
     * @param around how many lengths there are if none are asked for: the job's, twice that, and ever shorter ones
     */
    final List<Integer> lengths(JobSource source, int around) {
        Optional<String> range = value(LENGTHS);
        if (range.isPresent()) {
            return NumberList.parse(LENGTHS, range.get());
        }
        Optional<Integer> length = source.sequenceLength();
        if (length.isEmpty() && source.has(JobKey.SEQUENCE_LENGTH)) {
            source.read(); // which says what is wrong with it
        }
        int own = length.orElseThrow(() -> new InputException(
                Place.of(LENGTHS), "is missing: at which sequence lengths?", "Maybe --seqs 512,1024,2048?"));
        TreeSet<Integer> lengths = new TreeSet<>(List.of(own));
        for (int shorter = own / 2; lengths.size() < around - 1 && shorter >= SHORTEST; shorter /= 2) {
            lengths.add(shorter);
        }
        for (int longer = own; lengths.size() < around && longer <= Integer.MAX_VALUE / 2; ) {
            longer *= 2;
            lengths.add(longer);
        }
        return List.copyOf(lengths);
    }
}
