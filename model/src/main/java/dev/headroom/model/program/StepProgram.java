package dev.headroom.model.program;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.quantity.Polynomial;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The memory side of a training run as a program: which tensors are allocated and freed, in which order, from loading
 * the model to the end of the last simulated step. It is recorded once and read several ways: replayed through an
 * allocator, evaluated as polynomials, explained row by row.
 *
 * <p>Events are numbers: {@code 2·tensor} allocates, {@code 2·tensor + 1} frees; negative ones are {@link #marks marks}
 * and the other {@code *_EVENT} constants.
 */
public final class StepProgram {
    /** Micro-batches of a step that show what {@linkplain #withLaps more of them} do. */
    public static final int FEWEST_LAPS = 3;

    /** The allocator gives wholly free segments back ({@code torch.cuda.empty_cache()}). */
    public static final int EMPTY_CACHE_EVENT = -1;

    /** Marks are encoded as {@code FIRST_MARK_EVENT − index}. */
    static final int FIRST_MARK_EVENT = -16;

    private final int[] events;
    private final long[] requestedBytes;
    private final List<TensorOrigin> origins;
    private final List<Mark> marks;
    private final List<RoleChange> roleChanges;
    private final List<Save> saves;
    private final List<Span> spans;
    private final List<Laps> laps;
    private final Set<KernelModule> kernels;
    private final Polynomial managed;
    private final long managedBytes;
    private final PinnedMemory pinned;
    private final long pinnedBytes;
    private final Regime regime;
    private @Nullable SizeFormulas sizes;

    StepProgram(
            int[] events,
            long[] requestedBytes,
            List<TensorOrigin> origins,
            List<Mark> marks,
            List<RoleChange> roleChanges,
            List<Save> saves,
            List<Span> spans,
            List<Laps> laps,
            Set<KernelModule> kernels,
            Polynomial managed,
            long managedBytes,
            PinnedMemory pinned,
            long pinnedBytes,
            Regime regime) {
        this.events = events;
        this.requestedBytes = requestedBytes;
        this.origins = origins;
        this.marks = marks;
        this.roleChanges = roleChanges;
        this.saves = saves;
        this.spans = spans;
        this.laps = laps;
        this.kernels = kernels;
        this.managed = managed;
        this.managedBytes = managedBytes;
        this.pinned = pinned;
        this.pinnedBytes = pinnedBytes;
        this.regime = regime;
    }

    /**
     * A point between two events at which figures are read.
     *
     * @param event index of the next event
     * @param step 0 for loading, then the 1-based training step
     * @param end figure that takes the bytes allocated here, if any
     * @param peak figure that takes the peak since the mark before, if any
     */
    public record Mark(int event, int step, Optional<Figure> end, Optional<Figure> peak) {}

    /** From event {@code event} on, {@code tensor} is in {@code category}, kept by {@code operation} in {@code module}. */
    public record RoleChange(int event, int tensor, Category category, String module, String operation) {}

    /** At event {@code event}, {@code tensor} was saved for backward by {@code module}. */
    record Save(int event, int tensor, String module) {}

    /** A stretch of events that belongs to one phase of one step. */
    public record Span(int firstEvent, int step, Phase phase) {}

    /**
     * The same program with the sizes of another micro-batch, sequence length and rank of adapters, which is put in the place of
     * r. Shapes of {@link #origin origins} without r stay those of the recording, their polynomials hold for both.
     *
     * @param b micro-batch [sequences]
     * @param s sequence length [tokens]
     * @param rank rank of the adapters; any for a job without
     * @throws IllegalArgumentException outside the {@link #regime()}, where other branches are taken
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     */
    public StepProgram at(long b, long s, long rank) {
        SizeFormulas formulas = sizes();
        if (!regime.contains(b, s, rank)) {
            throw new IllegalArgumentException(
                    "b=%d, s=%d, r=%d is outside the regime of this program".formatted(b, s, rank));
        }
        if (!formulas.dependOnRank()) {
            return with(formulas, origins, managed, regime.ofRank(rank), b, s);
        }
        List<TensorOrigin> ranked = origins.isEmpty() ? origins : formulas.originsAt(origins, b, s, rank);
        return with(formulas.ofRank(rank), ranked, managed.ofRank(rank), regime.ofRank(rank), b, s);
    }

    private StepProgram with(
            SizeFormulas formulas,
            List<TensorOrigin> otherOrigins,
            Polynomial otherManaged,
            Regime otherRegime,
            long b,
            long s) {
        StepProgram resized = new StepProgram(
                events,
                formulas.at(b, s),
                otherOrigins,
                marks,
                roleChanges,
                saves,
                spans,
                laps,
                kernels,
                otherManaged,
                otherManaged.at(b, s),
                pinned,
                pinned.heldAt(b, s),
                otherRegime);
        resized.sizes = formulas;
        return resized;
    }

    /**
     * The same program without what explains it: origins, changes of role and what autograd saved. It replays as before, at
     * other sizes too, in an eighth of the memory.
     */
    public StepProgram withoutOrigins() {
        return bare(events, requestedBytes, marks, spans, laps, sizes());
    }

    /**
     * A program recorded with three micro-batches in a step, without {@link #withoutOrigins() what explains it} and with more
     * of them. What a micro-batch does is repeated as the third repeated the second.
     *
     * @param fetched micro-batches that are fetched at once, three at least
     * @param microBatches micro-batches that go through the model, three at least
     * @return nothing if the third does not repeat the second, so that more of them must be recorded
     */
    public Optional<StepProgram> withLaps(int fetched, int microBatches) {
        return Unrolling.of(events, sizes(), laps, repeated -> repeated == Repeated.FETCH ? fetched : microBatches)
                .map(unrolling -> {
                    int[] originals = unrolling.originals();
                    return bare(
                            unrolling.events(),
                            Arrays.stream(originals)
                                    .mapToLong(tensor -> requestedBytes[tensor])
                                    .toArray(),
                            unrolling.marks(marks),
                            unrolling.spans(spans),
                            List.of(),
                            sizes().ofCopies(originals));
                });
    }

    /** A program with other events, and nothing that explains them. */
    private StepProgram bare(
            int[] otherEvents,
            long[] otherBytes,
            List<Mark> otherMarks,
            List<Span> otherSpans,
            List<Laps> otherLaps,
            SizeFormulas otherSizes) {
        StepProgram bare = new StepProgram(
                otherEvents,
                otherBytes,
                List.of(),
                otherMarks,
                List.of(),
                List.of(),
                otherSpans,
                otherLaps,
                kernels,
                managed,
                managedBytes,
                pinned,
                pinnedBytes,
                regime);
        bare.sizes = otherSizes;
        return bare;
    }

    private synchronized SizeFormulas sizes() {
        SizeFormulas known = sizes;
        if (known == null) {
            known = new SizeFormulas(origins);
            sizes = known;
        }
        return known;
    }

    /** Bytes of managed memory ({@code cudaMallocManaged}), which the allocator knows nothing of. */
    public long managedBytes() {
        return managedBytes;
    }

    /** Bytes of pinned memory of the host that PyTorch's allocator holds for copies of tensors in the end. */
    public long pinnedBytes() {
        return pinnedBytes;
    }

    public int eventCount() {
        return events.length;
    }

    public int event(int index) {
        return events[index];
    }

    public static boolean isMark(int event) {
        return event <= FIRST_MARK_EVENT;
    }

    public Mark mark(int event) {
        return marks.get(FIRST_MARK_EVENT - event);
    }

    public int tensorCount() {
        return requestedBytes.length;
    }

    /** Bytes asked from the allocator for a tensor, before any rounding. */
    public long requestedBytes(int tensor) {
        return requestedBytes[tensor];
    }

    /** The same as a polynomial in b and s, valid within {@link #regime()}. */
    public Polynomial requestedPolynomial(int tensor) {
        return origins.get(tensor).bytes();
    }

    /** Largest number of requested bytes alive at once after loading. */
    public long requestedPeak() {
        long live = 0;
        long peak = 0;
        boolean loaded = false;
        for (int event : events) {
            if (event < 0) {
                if (isMark(event) && !loaded) {
                    loaded = true;
                    peak = live;
                }
                continue;
            }
            long bytes = requestedBytes[event >> 1];
            live = Math.addExact(live, (event & 1) == 0 ? bytes : -bytes);
            peak = Math.max(peak, live);
        }
        return peak;
    }

    public TensorOrigin origin(int tensor) {
        return origins.get(tensor);
    }

    /** Every change of category after allocation, in order of events. */
    public List<RoleChange> roleChanges() {
        return roleChanges;
    }

    /** Index of the mark at which loading ends. */
    public int loadedEvent() {
        return marks.get(0).event();
    }

    /** Tensors that are alive once an event has happened, in the order in which they were allocated. */
    public int[] liveAt(int lastEvent) {
        boolean[] alive = new boolean[tensorCount()];
        for (int i = 0; i <= lastEvent && i < events.length; i++) {
            if (events[i] >= 0) {
                alive[events[i] >> 1] = (events[i] & 1) == 0;
            }
        }
        return IntStream.range(0, alive.length).filter(tensor -> alive[tensor]).toArray();
    }

    /**
     * What autograd saved in the first forward pass of a step, each storage once, parameters left out.
     *
     * @param step 1-based training step
     */
    public List<SavedTensor> savedTensors(int step) {
        int first = -1;
        int end = events.length;
        for (Span span : spans) {
            if (first < 0 && span.step() == step && span.phase() == Phase.FORWARD) {
                first = span.firstEvent();
            } else if (first >= 0 && span.phase() != Phase.FORWARD) {
                end = span.firstEvent();
                break;
            }
        }
        Map<Integer, SavedTensor> saved = new LinkedHashMap<>();
        for (Save save : saves) {
            TensorOrigin origin = origins.get(save.tensor());
            if (first >= 0 && save.event() >= first && save.event() <= end && !origin.isParameter()) {
                saved.putIfAbsent(
                        save.tensor(), new SavedTensor(save.module(), origin.dtype(), requestedBytes[save.tensor()]));
            }
        }
        return List.copyOf(saved.values());
    }

    /** The last change of role of each tensor that has had one, up to an event. */
    public Map<Integer, RoleChange> rolesAt(int event) {
        Map<Integer, RoleChange> roles = new HashMap<>();
        for (RoleChange change : roleChanges) {
            if (change.event() <= event) {
                roles.put(change.tensor(), change);
            }
        }
        return roles;
    }

    /** The stretches of the program, in order: loading, then the phases of each step. */
    public List<Span> spans() {
        return spans;
    }

    /** The step and phase an event belongs to. */
    public Span spanOf(int event) {
        int low = 0;
        int high = spans.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (spans.get(middle).firstEvent() <= event) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return spans.get(low);
    }

    /** Kernels that it runs and that not every training job runs. */
    public Set<KernelModule> kernels() {
        return kernels;
    }

    /** Where in (b, s) this program holds with other sizes. */
    public Regime regime() {
        return regime;
    }
}
