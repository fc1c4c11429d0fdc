package dev.headroom.simulator.catalog;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.architecture.InvalidConfigException;
import dev.headroom.model.job.JobResolver;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;

/** Reads a Hugging Face {@code config.json} that a user names. */
final class ConfigFile {
    private ConfigFile() {}

    /**
     * The architecture a file describes.
     *
     * @param name the file, or a directory that has a {@code config.json}
     * @throws InputException with every problem at once, each with line and column
     */
    static Architecture read(String name) {
        InputText text = InputText.ofFile(fileOf(name), InputText.CONFIG_LIMIT);
        Problems problems = new Problems();
        InputNode root = JsonReader.read(text, problems);
        if (root instanceof Mapping mapping) {
            refuseWithoutRules(mapping, problems);
        }
        Optional<Architecture> architecture =
                problems.isEmpty() ? ModelFile.architecture(root, problems) : Optional.empty();
        problems.throwIfAny();
        return architecture.orElseThrow();
    }

    private static String fileOf(String name) {
        try {
            Path path = Path.of(name);
            Path inside = path.resolve("config.json");
            if (!Files.isDirectory(path)) {
                return name;
            }
            if (Files.isRegularFile(inside)) {
                return inside.toString();
            }
            throw new InputException(Place.of(name), "is a directory without a config.json");
        } catch (InvalidPathException e) {
            throw new InputException(Place.of("model"), "'model' is no name of a file: " + e.getReason());
        }
    }

    /** Says that an architecture has no rules before complaining about keys that only known ones must have. */
    private static void refuseWithoutRules(Mapping mapping, Problems problems) {
        try {
            String type = HuggingFaceConfig.modelType(mapping.toJava());
            if (!JobResolver.SUPPORTED_MODEL_TYPES.contains(type)) {
                problems.unsupported(
                        mapping.entry("model_type").orElseThrow().value().place(),
                        "no rule for the forward pass of architecture '%s' yet; supported: %s"
                                .formatted(type, String.join(", ", new TreeSet<>(JobResolver.SUPPORTED_MODEL_TYPES))));
            }
        } catch (InvalidConfigException e) {
            // Reported with all the others when the architecture is read.
            return;
        }
    }
}
