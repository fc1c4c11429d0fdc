package dev.headroom.simulator.catalog;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.HuggingFaceConfig;
import dev.headroom.model.architecture.InvalidConfigException;
import dev.headroom.simulator.catalog.ModelEntry.PublishedCount;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.YamlReader;
import java.util.List;
import java.util.Optional;

/** Reads one file of the model catalog. */
final class ModelFile {
    private ModelFile() {}

    static ModelEntry read(String id, InputText file) {
        Problems problems = new Problems();
        Fields fields = Fields.of(YamlReader.read(file, problems), problems);
        String ownId = fields.text("id");
        if (!ownId.equals(id)) {
            problems.invalid(fields.placeOf("id"), "id '%s' differs from the file's name".formatted(ownId));
        }
        String name = fields.text("name");
        String repository = fields.text("repository");
        List<String> aliases = fields.texts("aliases");
        PublishedCount published = published(fields.fields("parameters"), problems);
        String source = fields.text("source");
        String retrieved = fields.text("retrieved");
        Optional<Architecture> architecture =
                fields.optional("config").flatMap(config -> architecture(config, problems));
        fields.refuseOthers();
        if (architecture.isEmpty() && problems.isEmpty()) {
            problems.invalid(Place.of(file.name()), "'config' is missing");
        }
        problems.throwIfAny();
        return new ModelEntry(id, name, repository, aliases, published, source, retrieved, architecture.orElseThrow());
    }

    private static PublishedCount published(Fields fields, Problems problems) {
        long count = fields.positive("published");
        String source = fields.text("source");
        String precision = fields.text("precision");
        if (!precision.equals("exact") && !precision.equals("rounded")) {
            problems.invalid(fields.placeOf("precision"), "'precision' must be exact or rounded");
        }
        fields.refuseOthers();
        return new PublishedCount(count, precision.equals("exact"), source);
    }

    /** The architecture of a configuration; its problems, each at the place of its key. */
    static Optional<Architecture> architecture(InputNode config, Problems problems) {
        if (!(config instanceof Mapping mapping)) {
            problems.invalid(config.place(), "must be a mapping of keys to values, found " + config.shown());
            return Optional.empty();
        }
        try {
            return Optional.of(HuggingFaceConfig.architecture(mapping.toJava()));
        } catch (InvalidConfigException e) {
            for (InvalidConfigException.ConfigProblem problem : e.problems()) {
                Place place = mapping.entry(problem.key())
                        .map(entry -> entry.value().place())
                        .orElse(mapping.place());
                String message = "'%s': %s".formatted(problem.key(), problem.message());
                if (problem.missingRule()) {
                    problems.unsupported(place, message);
                } else {
                    problems.invalid(place, message);
                }
            }
            return Optional.empty();
        }
    }
}
