package dev.headroom.model.explain;

import dev.headroom.model.program.Phase;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.replay.Replay;
import dev.headroom.model.training.AllocatorSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory over the course of training, from loading to the end of the last simulated step: one point for each stretch in which
 * one module runs, at its highest.
 *
 * @param points the points, in order of time
 * @param peak index of the point with the highest allocation after loading; the first of several
 */
public record MemoryTimeline(List<Point> points, int peak) {
    public MemoryTimeline {
        points = List.copyOf(points);
    }

    /**
     * The highest point of a stretch.
     *
     * @param event index of the event there; events are allocations and frees
     * @param step 0 for loading, then the 1-based training step
     * @param phase phase of that step
     * @param module module that was running, such as {@code model.layers.3.mlp.down_proj}; empty outside of modules
     * @param operation operation that allocated last, such as {@code aten::mm}
     * @param allocated bytes in blocks handed out
     * @param allocatedAtEnd the same at the end of the stretch
     * @param reserved bytes held from the driver
     */
    public record Point(
            int event,
            int step,
            Phase phase,
            String module,
            String operation,
            Bytes allocated,
            Bytes allocatedAtEnd,
            Bytes reserved) {}

    /** Reads a program as a timeline, on a device that never runs out. */
    public static MemoryTimeline of(StepProgram program, AllocatorSettings settings) {
        Stretches stretches = new Stretches(program);
        Replay.observed(program, settings, stretches);
        return stretches.finish();
    }

    /** Cuts the events into stretches of one module, phase and step. */
    private static final class Stretches implements Replay.Observer {
        private final StepProgram program;
        private final List<Point> points = new ArrayList<>();
        private StepProgram.Span span;
        private String module = "";
        private int highestEvent;
        private long highest = -1;
        private long highestReserved;
        private long last;
        private String operation = "";
        private String operationAtHighest = "";

        Stretches(StepProgram program) {
            this.program = program;
            this.span = program.spanOf(0);
        }

        @Override
        public void after(int event, long allocated, long reserved) {
            StepProgram.Span now = program.spanOf(event);
            int code = program.event(event);
            boolean allocates = (code & 1) == 0;
            TensorOrigin origin = program.origin(code >> 1);
            String here = allocates ? origin.module() : module;
            if (!now.equals(span) || !here.equals(module)) {
                close();
                span = now;
                module = here;
            }
            if (allocates) {
                operation = origin.operation();
            }
            if (allocated > highest) {
                highest = allocated;
                highestEvent = event;
                highestReserved = reserved;
                operationAtHighest = operation;
            }
            last = allocated;
        }

        private void close() {
            if (highest >= 0) {
                points.add(new Point(
                        highestEvent,
                        span.step(),
                        span.phase(),
                        module,
                        operationAtHighest,
                        new Bytes(highest),
                        new Bytes(last),
                        new Bytes(highestReserved)));
                highest = -1;
            }
        }

        MemoryTimeline finish() {
            close();
            int peak = 0;
            for (int i = 1; i < points.size(); i++) {
                boolean higher =
                        points.get(i).allocated().compareTo(points.get(peak).allocated()) > 0;
                if (points.get(i).step() > 0 && (points.get(peak).step() == 0 || higher)) {
                    peak = i;
                }
            }
            return new MemoryTimeline(points, peak);
        }
    }
}
