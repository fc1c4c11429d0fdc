package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.Gpu;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The cards Headroom knows by name. Files are read when asked for, and only those needed. */
public final class GpuCatalog {
    private final CatalogDirectory directory = new CatalogDirectory("gpus");

    /** Every card, by id. */
    public List<GpuEntry> all() {
        List<GpuEntry> entries = new ArrayList<>();
        for (String id : directory.ids()) {
            byId(id).ifPresent(entries::add);
        }
        return entries;
    }

    /**
     * Finds a card by id or by the name its driver reports.
     *
     * @param place where the name was written
     * @throws InputException if there is none; names the nearest id
     */
    public GpuEntry find(String name, Place place) {
        return byId(name).or(() -> byDriverName(name)).orElseThrow(() -> unknown(name, place));
    }

    /** Finds the card that the driver reports under a name, such as {@code NVIDIA H200}. */
    public Optional<GpuEntry> byDriverName(String name) {
        for (GpuEntry entry : all()) {
            for (String driverName : entry.gpu().driverNames()) {
                if (driverName.equalsIgnoreCase(name)) {
                    return Optional.of(entry);
                }
            }
        }
        return byId(name.toLowerCase(Locale.ROOT));
    }

    private Optional<GpuEntry> byId(String id) {
        return directory.file(id).map(file -> GpuFile.read(id, file));
    }

    private InputException unknown(String name, Place place) {
        List<String> words = new ArrayList<>(directory.ids());
        for (GpuEntry entry : all()) {
            Gpu gpu = entry.gpu();
            words.addAll(gpu.driverNames());
        }
        String near = NearestWord.hint(name, words);
        return new InputException(
                place,
                "unknown GPU '%s'".formatted(name),
                (near.isEmpty() ? "" : near + " ") + "'headroom gpus' lists all.");
    }
}
