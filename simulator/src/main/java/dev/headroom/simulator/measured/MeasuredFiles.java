package dev.headroom.simulator.measured;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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
     * @throws IOException with a message for the user, if one does not exist, cannot be read, or is a directory without
     *     any file of measured runs
     */
    static List<MeasuredEntry> read(List<String> names) throws IOException {
        List<MeasuredEntry> entries = new ArrayList<>();
        Set<Path> seen = new LinkedHashSet<>();
        for (String name : names) {
            if (name.equals(STANDARD_INPUT)) {
                RecordLines.read(System.in, "standard input", entries::add);
                continue;
            }
            for (Path file : expand(Path.of(name))) {
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
            throw new IOException("cannot read file: " + name);
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

    private static List<Path> expand(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            List<Path> files;
            try (Stream<Path> below = Files.walk(path)) {
                files = below.filter(file -> isCsv(file) || lowerCaseName(file).endsWith(".jsonl"))
                        .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                        .sorted()
                        .toList();
            }
            if (files.isEmpty()) {
                throw new IOException("no .jsonl or .csv file in directory: " + path);
            }
            return files;
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(
                    "no such file: %s%s".formatted(path, nearestSibling(path).orElse("")));
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
            return Optional.of("%nThere is no directory '%s' either.".formatted(directory));
        }
        List<String> siblings;
        try (Stream<Path> files = Files.list(directory)) {
            siblings =
                    files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
        return Nearest.to(name.toString(), siblings).map(near -> "%nMaybe '%s'?".formatted(near.word()));
    }
}
