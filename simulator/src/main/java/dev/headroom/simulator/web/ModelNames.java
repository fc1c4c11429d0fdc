package dev.headroom.simulator.web;

import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.ModelEntry;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.NearestWord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The names by which requests may ask for models: those of the catalog. On the command line a model can be a file as well;
 * a server must not read what a request names.
 */
final class ModelNames {
    private final Map<String, String> ids = new HashMap<>();

    ModelNames(ModelCatalog catalog) {
        List<ModelEntry> entries = catalog.all();
        for (ModelEntry entry : entries) {
            ids.put(entry.repository().toLowerCase(Locale.ROOT), entry.id());
            entry.aliases().forEach(alias -> ids.put(alias, entry.id()));
        }
        entries.forEach(entry -> ids.put(entry.id(), entry.id()));
    }

    /**
     * The job with its model by the catalog's id.
     *
     * @throws InputException if the catalog has no such model
     */
    JobSource checked(JobSource job) {
        if (job.modelName().isEmpty()) {
            return job;
        }
        Scalar name = job.modelName().get();
        return job.with(JobKey.MODEL, new Scalar(name.place(), id(name), Scalar.Type.TEXT));
    }

    /**
     * The catalog's id of a model.
     *
     * @throws InputException if the catalog has no such model
     */
    String id(Scalar name) {
        String id = ids.get(name.text().toLowerCase(Locale.ROOT));
        if (id == null) {
            List<String> words = new ArrayList<>(ids.keySet());
            words.sort(null);
            String near = NearestWord.hint(name.text(), words);
            throw new InputException(
                    name.place(),
                    "unknown model %s".formatted(name.shown()),
                    (near.isEmpty() ? "" : near + " ") + "GET /api/v1/models lists all.");
        }
        return id;
    }
}
