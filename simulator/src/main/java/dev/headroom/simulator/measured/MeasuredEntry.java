package dev.headroom.simulator.measured;

/** What one line of a file of measured runs turned out to be. */
sealed interface MeasuredEntry {
    /** Where it was read. */
    Origin origin();

    /** A run that was read. */
    record Run(MeasuredRun run) implements MeasuredEntry {
        @Override
        public Origin origin() {
            return run.origin();
        }
    }

    /**
     * A line that is no record.
     *
     * @param id the id it names, or its position
     * @param message what is wrong with it
     */
    record Unreadable(String id, Origin origin, String message) implements MeasuredEntry {}
}
