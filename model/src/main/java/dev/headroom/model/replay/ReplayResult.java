package dev.headroom.model.replay;

import dev.headroom.model.program.Figure;
import java.util.List;
import java.util.Map;

/**
 * What an allocator did with a program.
 *
 * @param peakAllocated largest number of bytes in blocks handed out since loading ended
 * @param peakEvent index of the event at which that was reached first
 * @param reservedAtPeak bytes held from the driver at that event
 * @param releasableAtPeak bytes of these in segments (or, if segments are expandable, pages) that nothing was in
 * @param peakReserved largest number of bytes held from the driver since loading ended
 * @param loadedAllocated bytes allocated once model and adapter are loaded
 * @param loadedReserved bytes reserved then
 * @param segments segments held at the end
 * @param steps figures of each step
 * @param gaveBackCache whether cached segments had to be given back because the device was full
 * @param outOfMemory whether it ended because the device had not enough memory
 */
public record ReplayResult(
        long peakAllocated,
        int peakEvent,
        long reservedAtPeak,
        long releasableAtPeak,
        long peakReserved,
        long loadedAllocated,
        long loadedReserved,
        int segments,
        List<Map<Figure, Long>> steps,
        boolean gaveBackCache,
        boolean outOfMemory) {}
