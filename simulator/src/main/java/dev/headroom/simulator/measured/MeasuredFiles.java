package dev.headroom.simulator.measured;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Files of measured runs: {@code .csv} files hold what others published, all others one JSON record a line. A directory
 * stands for all {@code .jsonl} and {@code .csv} files in it and below, in alphabetical order of their paths.
 */
public final class MeasuredFiles {
    /** The name that stands for standard input. */
    public static final String STANDARD_INPUT = "-";

    /** Largest file read [bytes]: 30,000 records. */
    private static final int LIMIT = 64 << 20;

    private MeasuredFiles() {}

    /**
     * Reads files. Rows that make no sense are among the result, with what is wrong with them.
     *
     * @param names files and directories, or {@link #STANDARD_INPUT}; a file that is named twice is read once
     * @throws InputException if one cannot be read or holds no record at all; names all such files
     */
    public static List<MeasuredRun> read(List<String> names, InputStream standardInput) throws IOException {
        Problems problems = new Problems();
        Set<String> files = new LinkedHashSet<>();
        for (String name : names) {
            try {
                files.addAll(expand(name));
            } catch (InputException e) {
                problems.addAll(e);
            }
        }
        List<MeasuredRun> runs = new ArrayList<>();
        for (String file : files) {
            try {
                runs.addAll(read(file, standardInput));
            } catch (InputException e) {
                problems.addAll(e);
            }
        }
        problems.throwIfAny();
        return runs;
    }

    private static List<MeasuredRun> read(String file, InputStream standardInput) throws IOException {
        InputText text = file.equals(STANDARD_INPUT)
                ? InputText.ofStream("<stdin>", standardInput, LIMIT)
                : InputText.ofFile(file, LIMIT);
        List<MeasuredRun> runs = isCsv(file) ? PublishedRuns.read(text) : RecordLines.read(text);
        if (runs.isEmpty()) {
            throw new InputException(Place.of(text.name()), "holds no record of a run");
        }
        return runs;
    }

    private static List<String> expand(String name) throws IOException {
        Path path;
        try {
            path = Path.of(name);
        } catch (InvalidPathException e) {
            throw new InputException(Place.of(name), "is no name of a file: " + e.getReason());
        }
        if (name.equals(STANDARD_INPUT) || Files.isRegularFile(path)) {
            return List.of(name);
        }
        if (!Files.isDirectory(path)) {
            if (Files.exists(path)) {
                return List.of(name);
            }
            throw new InputException(
                    Place.of(name), "no such file", sibling(path).orElse("Nothing like it is there."));
        }
        try (Stream<Path> below = Files.walk(path)) {
            List<String> files = below.filter(Files::isRegularFile)
                    .map(file -> file.toString().replace('\\', '/'))
                    .filter(file -> isCsv(file) || file.endsWith(".jsonl"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new InputException(Place.of(name), "has no .jsonl or .csv file in it or below");
            }
            return files;
        }
    }

    private static boolean isCsv(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(".csv");
    }

    private static Optional<String> sibling(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return Optional.of("There is no directory '%s' either.".formatted(directory));
        }
        try (Stream<Path> files = Files.list(directory)) {
            List<String> siblings = files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
            return NearestWord.of(String.valueOf(path.getFileName()), siblings).map("Maybe '%s'?"::formatted);
        }
    }
}
