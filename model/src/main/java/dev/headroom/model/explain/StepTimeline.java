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
    /** Samples of a step, if nothing else is said; more than a screen has columns is of no use. */
    public static final int STANDARD_SAMPLES = 600;

    private static final List<Category> CATEGORIES = List.of(Category.values());

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
     * @param mostSamples samples that stay at most
     */
    public static StepTimeline of(
            StepProgram program, AllocatorSettings settings, OptionalLong allowed, int mostSamples) {
        Observer observer = new Observer(program, mostSamples);
        int peak = Replay.observed(program, settings, allowed, observer).peakEvent();
        Span span = program.spanOf(peak);
        int last = program.spanOf(program.eventCount() - 1).step();
        return observer.timeline(span.step() > 0 ? span.step() : last);
    }

    /** Keeps count of what is alive by category, and takes samples of each step. */
    private static final class Observer implements Replay.Observer {
        private final StepProgram program;
        private final List<StepSamples> steps = new ArrayList<>();
        /** Index of the category of each tensor. */
        private final int[] categories;

        private final boolean[] alive;
        /** Requested bytes alive in each category. */
        private final long[] live = new long[CATEGORIES.size()];

        private int nextRole;
        private int current;

        Observer(StepProgram program, int mostSamples) {
            this.program = program;
            this.categories = new int[program.tensorCount()];
            this.alive = new boolean[program.tensorCount()];
            for (Span span : program.spans()) {
                if (span.step() > steps.size()) {
                    if (!steps.isEmpty()) {
                        steps.get(steps.size() - 1).end = span.firstEvent();
                    }
                    steps.add(new StepSamples(mostSamples, span.firstEvent(), program.eventCount()));
                }
            }
            for (int tensor = 0; tensor < categories.length; tensor++) {
                categories[tensor] = CATEGORIES.indexOf(program.origin(tensor).category());
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
            live[categories[tensor]] += born ? bytes : -bytes;
            while (current + 1 < steps.size() && event >= steps.get(current).end) {
                current++;
            }
            if (event >= steps.get(current).first) {
                steps.get(current).keep(event, tensor, allocated, reserved, live);
            }
        }

        private void change(RoleChange change) {
            int tensor = change.tensor();
            int category = CATEGORIES.indexOf(change.category());
            if (alive[tensor]) {
                long bytes = program.requestedBytes(tensor);
                live[categories[tensor]] -= bytes;
                live[category] += bytes;
            }
            categories[tensor] = category;
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
            Map<Category, Long> bytes = new EnumMap<>(Category.class);
            long requested = 0;
            for (int i = 0; i < moment.live.length; i++) {
                if (moment.live[i] != 0) {
                    bytes.put(CATEGORIES.get(i), moment.live[i]);
                    requested += moment.live[i];
                }
            }
            bytes.put(Category.ALLOCATOR_ROUNDING, moment.allocated - requested);
            TensorOrigin origin = program.origin(moment.tensor);
            return new Sample(
                    moment.position, moment.allocated, moment.reserved, bytes, origin.module(), origin.operation());
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
    private static final class Moment {
        private int position;
        private int tensor;
        private long allocated;
        private long reserved;
        /** Requested bytes alive in each category. */
        private final long[] live = new long[CATEGORIES.size()];

        void set(int newPosition, int newTensor, long newAllocated, long newReserved, long[] newLive) {
            position = newPosition;
            tensor = newTensor;
            allocated = newAllocated;
            reserved = newReserved;
            System.arraycopy(newLive, 0, live, 0, live.length);
        }
    }

    /** The moments of one step that stay. */
    private static final class StepSamples {
        private final int most;
        private final int first;
        private int end;
        private final List<Moment> moments = new ArrayList<>();
        private int bucket = -1;

        StepSamples(int most, int first, int end) {
            this.most = most;
            this.first = first;
            this.end = end;
        }

        /** The highest moment of each stretch stays. */
        void keep(int event, int tensor, long allocated, long reserved, long[] live) {
            int position = event - first;
            int wanted = (int) ((long) position * most / Math.max(most, end - first));
            if (wanted != bucket) {
                moments.add(new Moment());
                bucket = wanted;
            } else if (moments.get(moments.size() - 1).allocated >= allocated) {
                return;
            }
            moments.get(moments.size() - 1).set(position, tensor, allocated, reserved, live);
        }
    }
}
