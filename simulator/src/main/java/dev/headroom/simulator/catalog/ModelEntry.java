package dev.headroom.simulator.catalog;

import dev.headroom.model.architecture.Architecture;
import java.util.List;

/**
 * A model of the catalog.
 *
 * @param id the name jobs use, such as {@code llama-3.1-8b}
 * @param name the publisher's name
 * @param repository Hugging Face repository
 * @param aliases other ids it is found by
 * @param published the parameter count its publisher gives
 * @param source where the configuration comes from
 * @param retrieved the day it was read there
 * @param architecture its dimensions
 */
public record ModelEntry(
        String id,
        String name,
        String repository,
        List<String> aliases,
        PublishedCount published,
        String source,
        String retrieved,
        Architecture architecture) {
    public ModelEntry {
        aliases = List.copyOf(aliases);
    }

    /**
     * A published number of parameters.
     *
     * @param exact whether it is given to the last parameter, and not rounded
     */
    public record PublishedCount(long parameters, boolean exact, String source) {}
}
