package dev.headroom.simulator.measured;

import dev.headroom.model.program.Figure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What was measured of one run [bytes, unless said otherwise]. A figure that the record lacks is empty.
 *
 * @param peak the peaks over all steps
 * @param afterLoad figures before the first step
 * @param steps figures of each training step, in order; empty if none were taken
 */
public record MeasuredFigures(Peaks peak, AfterLoad afterLoad, List<Map<Figure, Long>> steps) {
    /** Nothing measured. */
    public static final MeasuredFigures NONE = new MeasuredFigures(Peaks.NONE, AfterLoad.NONE, List.of());

    public MeasuredFigures {
        steps = immutable(steps);
    }

    /**
     * The three answers.
     *
     * @param allocated bytes of live tensors at the peak
     * @param reserved bytes held by the allocator at its peak
     * @param process what the driver shows for the process
     * @param outOfMemory whether the run ended for lack of memory; empty if that is not known
     */
    public record Peaks(
            OptionalLong allocated, OptionalLong reserved, OptionalLong process, Optional<Boolean> outOfMemory) {
        public static final Peaks NONE =
                new Peaks(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty());

        /** One of the three, by quantity. */
        public OptionalLong of(Quantity quantity) {
            return switch (quantity) {
                case ALLOCATED -> allocated;
                case RESERVED -> reserved;
                case PROCESS -> process;
            };
        }
    }

    /**
     * Figures before the first step.
     *
     * @param allocated bytes of live tensors
     * @param reserved bytes held by the allocator
     * @param segmentsAtEnd number of segments the allocator holds after the last step
     */
    public record AfterLoad(OptionalLong allocated, OptionalLong reserved, OptionalLong segmentsAtEnd) {
        public static final AfterLoad NONE =
                new AfterLoad(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    private static List<Map<Figure, Long>> immutable(List<Map<Figure, Long>> steps) {
        List<Map<Figure, Long>> copies = new ArrayList<>();
        for (Map<Figure, Long> step : steps) {
            Map<Figure, Long> copy = new EnumMap<>(Figure.class);
            copy.putAll(step);
            copies.add(Collections.unmodifiableMap(copy));
        }
        return List.copyOf(copies);
    }
}
