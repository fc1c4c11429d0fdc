package dev.headroom.simulator.measured;

import java.util.Optional;

/**
 * One row of a file of measured runs.
 *
 * @param id its name, unique within {@code data/measured}
 * @param origin where it was read
 * @param job what ran
 * @param gpu the card's name as the driver reports it, if the row names one
 * @param figures what was measured
 */
public record MeasuredRun(
        String id, Origin origin, RecordedJob job, Optional<String> gpu, MeasuredFigures figures) {}
