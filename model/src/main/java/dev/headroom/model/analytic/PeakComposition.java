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
import java.util.concurrent.ConcurrentHashMap;

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

        /** What happens at each event: twice the number of its size, and one more if it goes; for other events, beyond all. */
        private final int[] sizeEvents;

        private final int loaded;
        private final int[] changedAt;
        private final int[] changed;
        private final int[] changedTo;

        /** How many tensors of each size are alive in each category, at events that were the peak somewhere. */
        private final Map<Integer, int[][]> alive = new ConcurrentHashMap<>();

        Recording(StepProgram program) {
            regime = program.regime();
            kernels = program.kernels();
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
                bornIn[tensor] = CATEGORIES.indexOf(program.origin(tensor).category());
            }
            sizes = distinct.toArray(Polynomial[]::new);
            events = new int[program.eventCount()];
            sizeEvents = new int[events.length];
            for (int i = 0; i < events.length; i++) {
                events[i] = program.event(i);
                sizeEvents[i] = events[i] < 0 ? 2 * sizes.length : 2 * sizeOf[events[i] >> 1] + (events[i] & 1);
            }
            loaded = program.loadedEvent();
            List<RoleChange> changes = program.roleChanges();
            changedAt = new int[changes.size()];
            changed = new int[changedAt.length];
            changedTo = new int[changedAt.length];
            for (int i = 0; i < changedAt.length; i++) {
                changedAt[i] = changes.get(i).event();
                changed[i] = changes.get(i).tensor();
                changedTo[i] = CATEGORIES.indexOf(changes.get(i).category());
            }
        }

        Composition at(int b, int s) {
            long[] bytes = new long[sizes.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = sizes[i].at(b, s);
            }
            int[][] counts = alive.computeIfAbsent(peakEvent(bytes), this::aliveAfter);
            Map<Category, Long> composition = new EnumMap<>(Category.class);
            for (int category = 0; category < counts.length; category++) {
                long live = 0;
                for (int size = 0; size < bytes.length; size++) {
                    live += counts[category][size] * bytes[size];
                }
                if (live != 0) {
                    composition.put(CATEGORIES.get(category), live);
                }
            }
            return new Composition(composition, kernels);
        }

        /** The first event after which most bytes are alive, of those from the end of loading on. */
        private int peakEvent(long[] bytes) {
            long[] changes = new long[2 * bytes.length + 1];
            for (int size = 0; size < bytes.length; size++) {
                changes[2 * size] = bytes[size];
                changes[2 * size + 1] = -bytes[size];
            }
            long total = 0;
            long peak = -1;
            int event = 0;
            for (int i = 0; i < sizeEvents.length; i++) {
                total = Math.addExact(total, changes[sizeEvents[i]]);
                if (total > peak && i >= loaded - 1) {
                    peak = total;
                    event = i;
                }
            }
            return event;
        }

        private int[][] aliveAfter(int event) {
            int[] category = bornIn.clone();
            boolean[] live = new boolean[category.length];
            for (int i = 0; i <= event; i++) {
                if (events[i] >= 0) {
                    live[events[i] >> 1] = (events[i] & 1) == 0;
                }
            }
            for (int change = 0; change < changed.length && changedAt[change] <= event; change++) {
                category[changed[change]] = changedTo[change];
            }
            int[][] counts = new int[CATEGORIES.size()][sizes.length];
            for (int tensor = 0; tensor < live.length; tensor++) {
                if (live[tensor]) {
                    counts[category[tensor]][sizeOf[tensor]]++;
                }
            }
            return counts;
        }
    }
}
