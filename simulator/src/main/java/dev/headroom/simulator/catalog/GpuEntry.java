package dev.headroom.simulator.catalog;

import dev.headroom.model.platform.Gpu;
import java.util.Map;
import java.util.Optional;

/**
 * A card of the catalog.
 *
 * @param gpu its facts
 * @param memoryNote what to know about the memory figure
 * @param sources where each fact comes from
 * @param retrieved the day they were read there
 */
public record GpuEntry(Gpu gpu, Optional<String> memoryNote, Map<String, String> sources, String retrieved) {}
