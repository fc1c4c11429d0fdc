package dev.headroom.simulator.catalog;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The models Headroom knows by name. Files are read when asked for, and only those needed. */
public final class ModelCatalog {
    private final CatalogDirectory directory = new CatalogDirectory("models");

    /** Every model, by id. */
    public List<ModelEntry> all() {
        List<ModelEntry> entries = new ArrayList<>();
        for (String id : directory.ids()) {
            byId(id).ifPresent(entries::add);
        }
        return entries;
    }

    /**
     * Finds a model by id, alias or Hugging Face repository.
     *
     * @param place where the name was written
     * @throws InputException if there is none; names the nearest id
     */
    public ModelEntry find(String name, Place place) {
        return byId(name).or(() -> byOtherName(name)).orElseThrow(() -> unknown(name, place));
    }

    /**
     * The architecture of a model by id, alias, repository, or {@code config.json} file.
     *
     * @param place where the name was written
     * @throws InputException if there is none, or the file is not usable
     */
    public Architecture architecture(String name, Place place) {
        Optional<ModelEntry> entry = byId(name);
        if (entry.isPresent()) {
            return entry.get().architecture();
        }
        if (namesFile(name)) {
            return ConfigFile.read(name);
        }
        return find(name, place).architecture();
    }

    private Optional<ModelEntry> byId(String id) {
        return directory.file(id).map(file -> ModelFile.read(id, file));
    }

    private Optional<ModelEntry> byOtherName(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        for (ModelEntry entry : all()) {
            if (entry.id().equals(wanted)
                    || entry.aliases().contains(wanted)
                    || entry.repository().equalsIgnoreCase(wanted)) {
                return Optional.of(entry);
            }
        }
        return Optional.empty();
    }

    private InputException unknown(String name, Place place) {
        List<String> words = new ArrayList<>();
        for (ModelEntry entry : all()) {
            words.add(entry.id());
            words.addAll(entry.aliases());
        }
        String near = NearestWord.hint(name, words);
        return new InputException(
                place,
                "unknown model '%s'".formatted(name),
                (near.isEmpty() ? "" : near + " ")
                        + "'headroom models' lists all; a Hugging Face config.json works too.");
    }

    private static boolean namesFile(String name) {
        if (name.toLowerCase(Locale.ROOT).endsWith(".json")) {
            return true;
        }
        try {
            return Files.exists(Path.of(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
