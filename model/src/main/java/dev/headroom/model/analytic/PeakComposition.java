package dev.headroom.model.analytic;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Regime;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.RoleChange;
import dev.headroom.model.quantity.Polynomial;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the peak of a job is made of, at every micro-batch b and sequence length s. Like {@link PeakFunction}, which gives the
 * peak alone and in a thousandth of the time, it records the job anew where no recording holds, counts requested bytes, and
 * is safe for use by several threads.
 */
public final class PeakComposition {
    private final PeakFunction.Recorder recorder;
    private volatile List<Recording> recordings = List.of();

    public PeakComposition(PeakFunction.Recorder recorder) {
        this.recorder = recorder;
    }

    /**
     * The peak at one (b, s).
     *
     * @param bytes requested bytes alive, by category; their sum is the peak
     * @param kernels kernels that run and that not every training job runs
     */
    public record Composition(Map<Category, Long> bytes, Set<KernelModule> kernels) {
        public Composition {
            bytes = Map.copyOf(bytes);
            kernels = Set.copyOf(kernels);
        }

        /** The peak [requested bytes]. */
        public long total() {
            return bytes.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * The peak at a micro-batch of {@code b} sequences of {@code s} tokens.
     *
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     * @throws dev.headroom.model.job.RefusedJobException if no rule covers the job there
     */
    public Composition at(int b, int s) {
        for (Recording recording : recordings) {
            if (recording.regime.contains(b, s)) {
                return recording.at(b, s);
            }
        }
        return learn(b, s).at(b, s);
    }

    private synchronized Recording learn(int b, int s) {
        for (Recording recording : recordings) {
            if (recording.regime.contains(b, s)) {
                return recording;
            }
        }
        Recording recording = new Recording(recorder.record(b, s));
        List<Recording> all = new ArrayList<>(recordings);
        all.add(recording);
        recordings = List.copyOf(all);
        return recording;
    }

    /** A program boiled down to which sizes come and go, in which category. */
    private static final class Recording {
        private static final List<Category> CATEGORIES = List.of(Category.values());

        private final Regime regime;
        private final Set<KernelModule> kernels;
        private final Polynomial[] sizes;
        private final int[] sizeOf;
        private final int[] bornIn;
        private final int[] events;
        private final int loaded;
        private final int[] changedAt;
        private final int[] changed;
        private final int[] changedTo;

        Recording(StepProgram program) {
            regime = program.regime();
            kernels = program.kernels();
            Map<Category, Integer> numbers = new EnumMap<>(Category.class);
            CATEGORIES.forEach(category -> numbers.put(category, numbers.size()));
            Map<Polynomial, Integer> known = new HashMap<>();
            List<Polynomial> distinct = new ArrayList<>();
            sizeOf = new int[program.tensorCount()];
            bornIn = new int[sizeOf.length];
            for (int tensor = 0; tensor < sizeOf.length; tensor++) {
                Polynomial size = program.requestedPolynomial(tensor);
                sizeOf[tensor] = known.computeIfAbsent(size, unseen -> {
                    distinct.add(unseen);
                    return distinct.size() - 1;
                });
                bornIn[tensor] = numbers.getOrDefault(program.origin(tensor).category(), 0);
            }
            sizes = distinct.toArray(Polynomial[]::new);
            events = new int[program.eventCount()];
            for (int i = 0; i < events.length; i++) {
                events[i] = program.event(i);
            }
            loaded = program.loadedEvent();
            List<RoleChange> changes = program.roleChanges();
            changedAt = new int[changes.size()];
            changed = new int[changedAt.length];
            changedTo = new int[changedAt.length];
            for (int i = 0; i < changedAt.length; i++) {
                changedAt[i] = changes.get(i).event();
                changed[i] = changes.get(i).tensor();
                changedTo[i] = numbers.getOrDefault(changes.get(i).category(), 0);
            }
        }

        Composition at(int b, int s) {
            long[] bytes = new long[sizes.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = sizes[i].at(b, s);
            }
            int[] category = bornIn.clone();
            boolean[] alive = new boolean[category.length];
            long[] live = new long[CATEGORIES.size()];
            long[] atPeak = live;
            long total = 0;
            long peak = -1;
            int change = 0;
            for (int i = 0; i < events.length; i++) {
                for (; change < changed.length && changedAt[change] <= i; change++) {
                    int tensor = changed[change];
                    if (alive[tensor]) {
                        live[category[tensor]] -= bytes[sizeOf[tensor]];
                        live[changedTo[change]] += bytes[sizeOf[tensor]];
                    }
                    category[tensor] = changedTo[change];
                }
                int event = events[i];
                if (event >= 0) {
                    int tensor = event >> 1;
                    boolean born = (event & 1) == 0;
                    long size = born ? bytes[sizeOf[tensor]] : -bytes[sizeOf[tensor]];
                    alive[tensor] = born;
                    live[category[tensor]] += size;
                    total = Math.addExact(total, size);
                }
                if (i >= loaded - 1 && total > peak) {
                    peak = total;
                    atPeak = live.clone();
                }
            }
            Map<Category, Long> composition = new EnumMap<>(Category.class);
            for (int i = 0; i < atPeak.length; i++) {
                if (atPeak[i] != 0) {
                    composition.put(CATEGORIES.get(i), atPeak[i]);
                }
            }
            return new Composition(composition, kernels);
        }
    }
}
