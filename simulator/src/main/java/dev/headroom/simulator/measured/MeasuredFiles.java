package dev.headroom.simulator.measured;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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

    private MeasuredFiles() {}

    /**
     * Reads all files.
     *
     * @param names files and directories, or {@link #STANDARD_INPUT}; a file that is named twice is read once
     * @throws InputException if one does not exist, may not be read, or is a directory without any file of measured runs
     * @throws IOException if reading fails
     */
    static List<MeasuredEntry> read(List<String> names) throws IOException {
        List<MeasuredEntry> entries = new ArrayList<>();
        Set<Path> seen = new LinkedHashSet<>();
        for (String name : names) {
            if (name.equals(STANDARD_INPUT)) {
                RecordLines.read(System.in, "standard input", entries::add);
                continue;
            }
            for (Path file : expand(name)) {
                if (seen.add(file.toAbsolutePath().normalize())) {
                    read(file, entries);
                }
            }
        }
        return entries;
    }

    private static void read(Path file, List<MeasuredEntry> entries) throws IOException {
        String name = file.toString().replace('\\', '/');
        if (!Files.isReadable(file)) {
            throw new InputException(Place.of(name), "may not be read (permission denied)");
        }
        if (isCsv(file)) {
            PublishedRuns.read(file, name, entries::add);
            return;
        }
        try (InputStream stream = Files.newInputStream(file)) {
            RecordLines.read(stream, name, entries::add);
        }
    }

    private static boolean isCsv(Path file) {
        return lowerCaseName(file).endsWith(".csv");
    }

    private static String lowerCaseName(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    private static List<Path> expand(String name) throws IOException {
        Path path = Path.of(name);
        if (Files.isDirectory(path)) {
            List<Path> files;
            try (Stream<Path> below = Files.walk(path)) {
                files = below.filter(file -> isCsv(file) || lowerCaseName(file).endsWith(".jsonl"))
                        .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                        .sorted()
                        .toList();
            }
            if (files.isEmpty()) {
                throw new InputException(Place.of(name), "has no .jsonl or .csv file in it or below");
            }
            return files;
        }
        if (!Files.exists(path)) {
            throw new InputException(
                    Place.of(name), "no such file", nearestSibling(path).orElse("Nothing like it is there."));
        }
        return List.of(path);
    }

    private static Optional<String> nearestSibling(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        Path name = path.getFileName();
        if (directory == null || name == null) {
            return Optional.empty();
        }
        if (!Files.isDirectory(directory)) {
            return Optional.of("There is no directory '%s' either.".formatted(directory));
        }
        List<String> siblings;
        try (Stream<Path> files = Files.list(directory)) {
            siblings =
                    files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
        return NearestWord.of(name.toString(), siblings).map("Maybe '%s'?"::formatted);
    }
}
