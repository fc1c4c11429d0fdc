package dev.headroom.simulator.calibration;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.platform.KernelModule;
import dev.headroom.simulator.measured.MeasuredRun;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One record as a fit sees it [bytes].
 *
 * @param run the record
 * @param estimate what the model says of its job
 * @param process what the driver showed for the process
 * @param held what the allocator held of it: measured, or under ND4J, which has no such figure, predicted
 */
record Observation(MeasuredRun run, MemoryEstimate estimate, long process, long held) {
    /** What the process held beside the allocator. */
    long beside() {
        return Math.subtractExact(process, held);
    }

    OptionalLong context() {
        return run.driver().contextBytes();
    }

    /** The kernels its job loads, of those that not every job does. */
    Set<KernelModule> kernels() {
        return estimate.kernels();
    }

    /** Its name and place, for messages. */
    String named() {
        return "'%s' (%s:%s)"
                .formatted(run.id(), run.place().name(), run.place().line());
    }
}
