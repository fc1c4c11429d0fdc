package dev.headroom.model.replay;

import dev.headroom.model.program.Figure;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.Mark;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.training.AllocatorSettings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Runs a step program through an allocator. */
public final class Replay {
    private static final Observer NOBODY = (event, allocated, reserved) -> {};

    private Replay() {}

    /** Looks on at a replay. */
    @FunctionalInterface
    public interface Observer {
        /**
         * Called after an allocation or a free.
         *
         * @param event index of the event
         * @param allocated bytes in blocks handed out
         * @param reserved bytes held from the driver
         */
        void after(int event, long allocated, long reserved);
    }

    /** Replays on a device that never runs out, with an onlooker. */
    public static ReplayResult observed(StepProgram program, AllocatorSettings settings, Observer observer) {
        return observed(program, settings, OptionalLong.empty(), observer);
    }

    /**
     * The same.
     *
     * @param allowed bytes that settings let the allocator hold, by which it decides when to collect garbage
     */
    public static ReplayResult observed(
            StepProgram program, AllocatorSettings settings, OptionalLong allowed, Observer observer) {
        return run(program, allocator(DeviceMemory.unlimited(), settings, allowed), program.eventCount(), observer);
    }

    /**
     * Replays on a device that never runs out.
     *
     * @param allowed bytes that settings let the allocator hold, by which it decides when to collect garbage
     */
    public static ReplayResult of(StepProgram program, AllocatorSettings settings, OptionalLong allowed) {
        return run(program, allocator(DeviceMemory.unlimited(), settings, allowed), program.eventCount(), NOBODY);
    }

    /**
     * Replays on a device that has {@code capacity} bytes for the allocator.
     *
     * @param allowed bytes that settings let the allocator hold, by which it decides when to collect garbage
     */
    public static ReplayResult onDevice(
            StepProgram program, AllocatorSettings settings, OptionalLong allowed, long capacity) {
        DeviceMemory device = new DeviceMemory(Math.max(0, capacity));
        return run(program, allocator(device, settings, allowed), program.eventCount(), NOBODY);
    }

    /** Every segment after event number {@code event}, on a device that never runs out. */
    public static List<SegmentView> segmentsAt(
            StepProgram program, AllocatorSettings settings, OptionalLong allowed, int event) {
        Allocator allocator = allocator(DeviceMemory.unlimited(), settings, allowed);
        run(program, allocator, event + 1, NOBODY);
        return allocator.segmentMap();
    }

    /**
     * Replays without a caching allocator: the peak is that of live bytes, and what the driver holds for them.
     *
     * @param page what the driver hands memory out in
     */
    public static ReplayResult ofLiveBytes(StepProgram program, Bytes page) {
        return run(program, new LiveBytes(program.tensorCount(), page.count()), program.eventCount(), NOBODY);
    }

    private static Allocator allocator(DeviceMemory device, AllocatorSettings settings, OptionalLong allowed) {
        if (settings.expandableSegments()) {
            return new ExpandableSegmentsAllocator(device);
        }
        OptionalLong collectAbove = OptionalLong.empty();
        if (allowed.isPresent() && settings.collectionThreshold().isPresent()) {
            collectAbove =
                    OptionalLong.of((long) (settings.collectionThreshold().getAsDouble() * allowed.getAsLong()));
        }
        return new CachingAllocator(
                device, new AllocatorLimits(settings.maxSplitSize().orElse(Long.MAX_VALUE), collectAbove));
    }

    private static ReplayResult run(StepProgram program, Allocator allocator, int events, Observer observer) {
        List<Map<Figure, Long>> steps = new ArrayList<>();
        long peak = 0;
        long peakReserved = 0;
        int peakEvent = 0;
        long reservedAtPeak = 0;
        long releasableAtPeak = 0;
        long peakSinceMark = 0;
        long loadedAllocated = 0;
        long loadedReserved = 0;
        boolean outOfMemory = false;
        try {
            for (int i = 0; i < events; i++) {
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
                                reservedAtPeak = allocator.reserved();
                                releasableAtPeak = allocator.releasable();
                            }
                        }
                        if (allocator.reserved() > peakReserved) {
                            peakReserved = allocator.reserved();
                        }
                    } else {
                        allocator.free(tensor);
                    }
                    observer.after(i, allocator.allocated(), allocator.reserved());
                } else if (event == StepProgram.EMPTY_CACHE_EVENT) {
                    allocator.emptyCache();
                } else {
                    Mark mark = program.mark(event);
                    if (mark.step() == 0) {
                        loadedAllocated = allocator.allocated();
                        loadedReserved = allocator.reserved();
                        peak = loadedAllocated;
                        peakEvent = i;
                        reservedAtPeak = loadedReserved;
                        releasableAtPeak = allocator.releasable();
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
                reservedAtPeak,
                releasableAtPeak,
                peakReserved,
                loadedAllocated,
                loadedReserved,
                allocator.segments(),
                List.copyOf(steps),
                allocator.gaveBackCache(),
                outOfMemory);
    }
}
