package dev.headroom.model.replay;

import dev.headroom.model.program.Figure;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.Mark;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Runs a step program through an allocator. */
public final class Replay {
    private Replay() {}

    /**
     * Replays on a device that never runs out.
     *
     * @param expandableSegments whether the allocator uses expandable segments
     */
    public static ReplayResult of(StepProgram program, boolean expandableSegments) {
        return run(program, allocator(DeviceMemory.unlimited(), expandableSegments));
    }

    /**
     * Replays on a device that has {@code capacity} bytes for the allocator.
     *
     * @param expandableSegments whether the allocator uses expandable segments
     */
    public static ReplayResult onDevice(StepProgram program, boolean expandableSegments, long capacity) {
        return run(program, allocator(new DeviceMemory(Math.max(0, capacity)), expandableSegments));
    }

    private static Allocator allocator(DeviceMemory device, boolean expandableSegments) {
        return expandableSegments ? new ExpandableSegmentsAllocator(device) : new CachingAllocator(device);
    }

    private static ReplayResult run(StepProgram program, Allocator allocator) {
        List<Map<Figure, Long>> steps = new ArrayList<>();
        long peak = 0;
        long peakReserved = 0;
        int peakEvent = 0;
        long peakSinceMark = 0;
        long loadedAllocated = 0;
        long loadedReserved = 0;
        boolean outOfMemory = false;
        try {
            for (int i = 0; i < program.eventCount(); i++) {
                int event = program.event(i);
                if (event >= 0) {
                    int tensor = event >> 1;
                    if (program.requestedBytes(tensor) == 0) {
                        continue; // PyTorch gives a tensor without elements no block.
                    }
                    if ((event & 1) == 0) {
                        allocator.allocate(tensor, program.requestedBytes(tensor));
                        long now = allocator.allocated();
                        if (now > peakSinceMark) {
                            peakSinceMark = now;
                            if (now > peak) {
                                peak = now;
                                peakEvent = i;
                            }
                        }
                        if (allocator.reserved() > peakReserved) {
                            peakReserved = allocator.reserved();
                        }
                    } else {
                        allocator.free(tensor);
                    }
                } else if (event == StepProgram.EMPTY_CACHE_EVENT) {
                    allocator.emptyCache();
                } else {
                    Mark mark = program.mark(event);
                    if (mark.step() == 0) {
                        loadedAllocated = allocator.allocated();
                        loadedReserved = allocator.reserved();
                        peak = loadedAllocated;
                        peakEvent = i;
                        peakReserved = loadedReserved;
                    } else {
                        while (steps.size() < mark.step()) {
                            steps.add(new EnumMap<>(Figure.class));
                        }
                        Map<Figure, Long> figures = steps.get(mark.step() - 1);
                        if (mark.end().isPresent()) {
                            figures.put(mark.end().get(), allocator.allocated());
                        }
                        if (mark.peak().isPresent()) {
                            figures.put(mark.peak().get(), peakSinceMark);
                        }
                    }
                    peakSinceMark = allocator.allocated();
                }
            }
        } catch (OutOfDeviceMemory full) {
            outOfMemory = true;
        }
        return new ReplayResult(
                peak,
                peakEvent,
                peakReserved,
                loadedAllocated,
                loadedReserved,
                allocator.segments(),
                List.copyOf(steps),
                allocator.gaveBackCache(),
                outOfMemory);
    }
}
