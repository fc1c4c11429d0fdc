package dev.headroom.model.explain;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.Phase;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.RoleChange;
import dev.headroom.model.program.StepProgram.Span;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.replay.Replay;
import dev.headroom.model.training.AllocatorSettings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The memory over the course of one training step: what is alive after each allocation and free, by category. Long steps
 * are thinned out: of neighbouring events the one with the most allocated bytes stays, so the peak is always there.
 *
 * @param step 1-based training step: the one in which the allocated peak is
 * @param events how many allocations and frees the step has
 * @param samples moments of the step, in order
 * @param phases the phases of the step, in order
 */
public record StepTimeline(int step, int events, List<Sample> samples, List<Stretch> phases) {
    /** Samples of a step; more than a screen has columns is of no use. */
    private static final int MOST_SAMPLES = 600;

    public StepTimeline {
        samples = List.copyOf(samples);
        phases = List.copyOf(phases);
    }

    /**
     * A moment.
     *
     * @param position number of the event within the step, from 0
     * @param allocatedBytes bytes in blocks that hold tensors
     * @param reservedBytes bytes the allocator holds from the driver
     * @param liveBytes the allocated bytes by category; allocator rounding is one of them
     * @param module module that was running
     * @param operation operation that allocated or freed
     */
    public record Sample(
            int position,
            long allocatedBytes,
            long reservedBytes,
            Map<Category, Long> liveBytes,
            String module,
            String operation) {
        public Sample {
            liveBytes = Map.copyOf(liveBytes);
        }
    }

    /** A phase, from one position to before another. */
    public record Stretch(Phase phase, int from, int to) {}

    /** The sample with the most allocated bytes. */
    public Sample peak() {
        Sample peak = samples.get(0);
        for (Sample sample : samples) {
            peak = sample.allocatedBytes() > peak.allocatedBytes() ? sample : peak;
        }
        return peak;
    }

    /**
     * Replays a program once and looks at the step in which it peaks; at the last one if it peaks before the first.
     *
     * @param allowed bytes that settings let the allocator hold
     */
    public static StepTimeline of(StepProgram program, AllocatorSettings settings, OptionalLong allowed) {
        Observer observer = new Observer(program);
        int peak = Replay.observed(program, settings, allowed, observer).peakEvent();
        Span span = program.spanOf(peak);
        int last = program.spanOf(program.eventCount() - 1).step();
        return observer.timeline(span.step() > 0 ? span.step() : last);
    }

    /** Keeps count of what is alive by category, and takes samples of each step. */
    private static final class Observer implements Replay.Observer {
        private final StepProgram program;
        private final List<StepSamples> steps = new ArrayList<>();
        private final Category[] categories;
        private final boolean[] alive;
        /** Requested bytes alive. */
        private final Map<Category, Long> live = new EnumMap<>(Category.class);

        private int nextRole;
        private int current;

        Observer(StepProgram program) {
            this.program = program;
            this.categories = new Category[program.tensorCount()];
            this.alive = new boolean[program.tensorCount()];
            for (Span span : program.spans()) {
                if (span.step() > steps.size()) {
                    if (!steps.isEmpty()) {
                        steps.get(steps.size() - 1).end = span.firstEvent();
                    }
                    steps.add(new StepSamples(span.firstEvent(), program.eventCount()));
                }
            }
            for (int tensor = 0; tensor < categories.length; tensor++) {
                categories[tensor] = program.origin(tensor).category();
            }
        }

        @Override
        public void after(int event, long allocated, long reserved) {
            List<RoleChange> roles = program.roleChanges();
            while (nextRole < roles.size() && roles.get(nextRole).event() <= event) {
                change(roles.get(nextRole++));
            }
            int code = program.event(event);
            int tensor = code >> 1;
            boolean born = (code & 1) == 0;
            alive[tensor] = born;
            long bytes = program.requestedBytes(tensor);
            live.merge(categories[tensor], born ? bytes : -bytes, Long::sum);
            while (current + 1 < steps.size() && event >= steps.get(current).end) {
                current++;
            }
            if (event >= steps.get(current).first) {
                steps.get(current).keep(event, tensor, allocated, reserved, live);
            }
        }

        private void change(RoleChange change) {
            int tensor = change.tensor();
            if (alive[tensor]) {
                long bytes = program.requestedBytes(tensor);
                live.merge(categories[tensor], -bytes, Long::sum);
                live.merge(change.category(), bytes, Long::sum);
            }
            categories[tensor] = change.category();
        }

        /** What was seen of a step, from 1. */
        StepTimeline timeline(int step) {
            StepSamples seen = steps.get(step - 1);
            return new StepTimeline(
                    step,
                    seen.end - seen.first,
                    seen.moments.stream().map(this::sample).toList(),
                    phases(step, seen));
        }

        private Sample sample(Moment moment) {
            Map<Category, Long> bytes = new EnumMap<>(moment.live());
            long requested = bytes.values().stream().mapToLong(Long::longValue).sum();
            bytes.put(Category.ALLOCATOR_ROUNDING, moment.allocated() - requested);
            TensorOrigin origin = program.origin(moment.tensor());
            return new Sample(
                    moment.position(),
                    moment.allocated(),
                    moment.reserved(),
                    bytes,
                    origin.module(),
                    origin.operation());
        }

        private List<Stretch> phases(int step, StepSamples seen) {
            List<Stretch> phases = new ArrayList<>();
            List<Span> spans =
                    program.spans().stream().filter(span -> span.step() == step).toList();
            for (int i = 0; i < spans.size(); i++) {
                Phase phase = spans.get(i).phase();
                int from = spans.get(i).firstEvent() - seen.first;
                int to = (i + 1 < spans.size() ? spans.get(i + 1).firstEvent() : seen.end) - seen.first;
                boolean goesOn =
                        !phases.isEmpty() && phases.get(phases.size() - 1).phase() == phase;
                if (goesOn) {
                    from = phases.remove(phases.size() - 1).from();
                }
                if (to > from) {
                    phases.add(new Stretch(phase, from, to));
                }
            }
            return phases;
        }
    }

    /** What a sample is made from. */
    private record Moment(int position, int tensor, long allocated, long reserved, Map<Category, Long> live) {}

    /** The moments of one step that stay. */
    private static final class StepSamples {
        private final int first;
        private int end;
        private final List<Moment> moments = new ArrayList<>();
        private int bucket = -1;

        StepSamples(int first, int end) {
            this.first = first;
            this.end = end;
        }

        /** The highest moment of each stretch stays. */
        void keep(int event, int tensor, long allocated, long reserved, Map<Category, Long> live) {
            int position = event - first;
            int wanted = (int) ((long) position * MOST_SAMPLES / Math.max(MOST_SAMPLES, end - first));
            boolean same = wanted == bucket;
            if (same && moments.get(moments.size() - 1).allocated() >= allocated) {
                return;
            }
            Moment kept = new Moment(position, tensor, allocated, reserved, new EnumMap<>(live));
            if (same) {
                moments.set(moments.size() - 1, kept);
            } else {
                moments.add(kept);
                bucket = wanted;
            }
        }
    }
}
