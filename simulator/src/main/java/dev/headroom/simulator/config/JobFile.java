package dev.headroom.simulator.config;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.UnknownKey;
import dev.headroom.simulator.input.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a job file, YAML or JSON: the keys of {@link JobKey}, and beside them {@code gpu} and {@code reserve}. The form
 * {@code {"job": {…}, "gpu": …}} is read as well.
 */
public final class JobFile {
    /** The name that stands for standard input. */
    public static final String STANDARD_INPUT = "-";

    static final String GPU = "gpu";
    static final String RESERVE = "reserve";
    private static final String JOB = "job";

    private JobFile() {}

    /**
     * Reads a file as far as its syntax goes; {@link JobSource#read()} reports what is wrong with its keys and values.
     *
     * @param name path of the file, or {@link #STANDARD_INPUT}
     * @throws InputException if it cannot be read or is neither YAML nor JSON
     */
    public static JobSource read(String name, InputStream standardInput) {
        Problems problems = new Problems();
        return source(mapping(name, standardInput, problems), problems);
    }

    /**
     * Reads the mapping that a file is, whatever its keys.
     *
     * @param name path of the file, or {@link #STANDARD_INPUT}
     * @param problems takes what is wrong with it, but does not keep it from being read
     * @throws InputException if it cannot be read or is neither YAML nor JSON
     */
    public static Mapping mapping(String name, InputStream standardInput, Problems problems) {
        InputText text = name.equals(STANDARD_INPUT)
                ? ofStandardInput(standardInput)
                : InputText.ofFile(name, InputText.JOB_LIMIT);
        InputNode root = isJson(text) ? JsonReader.read(text, problems) : YamlReader.read(text, problems);
        if (root instanceof Mapping mapping) {
            return mapping;
        }
        problems.invalid(root.place(), "must be a mapping of keys to values, found " + root.shown());
        throw new InputException(problems.found());
    }

    /**
     * The job in a mapping that has been read.
     *
     * @param problems what was wrong with the mapping; takes unknown keys beside {@code job}
     */
    public static JobSource source(Mapping root, Problems problems) {
        Optional<InputNode> gpu = root.entry(GPU).map(Mapping.Entry::value);
        Optional<InputNode> reserve = root.entry(RESERVE).map(Mapping.Entry::value);
        Optional<Mapping.Entry> wrapped = root.entry(JOB);
        if (wrapped.isPresent() && wrapped.get().value() instanceof Mapping job) {
            List<String> known = List.of(JOB, GPU, RESERVE);
            for (Mapping.Entry entry : root.entries()) {
                if (!known.contains(entry.key())) {
                    problems.invalid(
                            entry.keyPlace(),
                            "unknown key '%s' beside 'job'".formatted(entry.key()),
                            UnknownKey.hint(entry.key(), known));
                }
            }
            return new JobSource(job, gpu, reserve, problems.found());
        }
        List<Mapping.Entry> entries = new ArrayList<>();
        for (Mapping.Entry entry : root.entries()) {
            if (!entry.key().equals(GPU) && !entry.key().equals(RESERVE)) {
                entries.add(entry);
            }
        }
        return new JobSource(new Mapping(root.place(), entries), gpu, reserve, problems.found());
    }

    private static InputText ofStandardInput(InputStream stream) {
        try {
            return InputText.ofStream("<stdin>", stream, InputText.JOB_LIMIT);
        } catch (IOException e) {
            throw new InputException(Place.of("<stdin>"), "cannot be read: " + e.getMessage());
        }
    }

    /** JSON is YAML, but its own parser's messages fit better, and YAML frowns on tabs. */
    private static boolean isJson(InputText text) {
        if (text.name().toLowerCase(Locale.ROOT).endsWith(".json")) {
            return true;
        }
        String start = text.text().stripLeading();
        return start.startsWith("{\"")
                || (start.startsWith("{") && start.substring(1).stripLeading().startsWith("\""));
    }
}
