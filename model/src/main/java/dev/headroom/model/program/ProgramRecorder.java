package dev.headroom.model.program;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes down a {@link StepProgram} as a runtime's rules allocate and free. One recording, one thread. */
public final class ProgramRecorder {
    private final long microBatch;
    private final long sequenceLength;
    private final long rank;
    private final Regime regime = new Regime();
    private int[] events = new int[1 << 14];
    private int eventCount;
    private long[] requestedBytes = new long[1 << 13];
    private final List<TensorOrigin> origins = new ArrayList<>();
    private final List<StepProgram.Mark> marks = new ArrayList<>();
    private final List<StepProgram.RoleChange> roleChanges = new ArrayList<>();
    private final List<StepProgram.Save> saves = new ArrayList<>();
    private final List<StepProgram.Span> spans = new ArrayList<>();
    private final List<Laps> laps = new ArrayList<>();
    private final List<Integer> lapStarts = new ArrayList<>();
    private final Set<KernelModule> kernels = EnumSet.noneOf(KernelModule.class);
    private int step;
    private final PinnedMemory pinned = new PinnedMemory();
    private Polynomial managed = Polynomial.ZERO;

    /** Records a job without adapters that have a rank. */
    public ProgramRecorder(long microBatch, long sequenceLength) {
        this(microBatch, sequenceLength, 1);
    }

    /**
     * @param microBatch b [sequences]
     * @param sequenceLength s [tokens]
     * @param rank r of the adapters
     */
    public ProgramRecorder(long microBatch, long sequenceLength, long rank) {
        this.microBatch = microBatch;
        this.sequenceLength = sequenceLength;
        this.rank = rank;
        spans.add(new StepProgram.Span(0, 0, Phase.LOAD));
    }

    /** Allocates a tensor and returns its number. */
    public int allocate(Category category, String module, String operation, Shape shape, DType dtype) {
        int tensor = origins.size();
        origins.add(new TensorOrigin(category, module, operation, shape, dtype));
        if (tensor == requestedBytes.length) {
            requestedBytes = Arrays.copyOf(requestedBytes, 2 * tensor);
        }
        requestedBytes[tensor] = bytes(shape, dtype);
        append(2 * tensor);
        return tensor;
    }

    private static long bytes(Shape shape, DType dtype) {
        return (Math.multiplyExact(shape.elements(), (long) dtype.bits()) + 7) / 8;
    }

    /** Where a tensor came from. */
    public TensorOrigin origin(int tensor) {
        return origins.get(tensor);
    }

    public void free(int tensor) {
        append(2 * tensor + 1);
    }

    /** From now on {@code tensor} is in {@code category}, kept by {@code operation} in {@code module}. */
    public void changeRole(int tensor, Category category, String module, String operation) {
        roleChanges.add(new StepProgram.RoleChange(eventCount, tensor, category, module, operation));
    }

    /** {@code tensor} is saved for backward by {@code module}. */
    public void save(int tensor, String module) {
        saves.add(new StepProgram.Save(eventCount, tensor, module));
    }

    /** Takes pinned memory of the host for a tensor and returns its number. */
    public int pin(Shape shape, DType dtype) {
        return pinned.allocate(shape.bytes(dtype));
    }

    public void unpin(int block) {
        pinned.free(block);
    }

    public void emptyCache() {
        append(StepProgram.EMPTY_CACHE_EVENT);
    }

    /** Begins the next training step. */
    public void nextStep() {
        step++;
    }

    public void enter(Phase phase) {
        spans.add(new StepProgram.Span(eventCount, step, phase));
    }

    /** Begins the next of several laps that do the same; there are no laps within laps. */
    public void nextLap() {
        lapStarts.add(eventCount);
    }

    /** Ends the last of the laps begun since the last call, if there were any. */
    public void endLaps(Repeated repeated) {
        if (!lapStarts.isEmpty()) {
            lapStarts.add(eventCount);
            laps.add(new Laps(repeated, List.copyOf(lapStarts)));
            lapStarts.clear();
        }
    }

    /** Reads figures here: the bytes allocated now, and the peak since the mark before. */
    public void mark(@Nullable Figure end, @Nullable Figure peak) {
        append(StepProgram.FIRST_MARK_EVENT - marks.size());
        marks.add(new StepProgram.Mark(eventCount, step, Optional.ofNullable(end), Optional.ofNullable(peak)));
    }

    /** Takes managed memory, which is not the allocator's and stays. */
    public void manage(Shape shape, DType dtype) {
        managed = managed.plus(shape.bytes(dtype));
    }

    /** A kernel runs whose code is loaded only then. */
    public void load(KernelModule kernel) {
        kernels.add(kernel);
    }

    /** Decides a branch that depends on the job's sizes: whether {@code polynomial > 0}. */
    public boolean decide(Polynomial polynomial) {
        return regime.decide(polynomial, microBatch, sequenceLength, rank);
    }

    /** What was written down, with formulas in b, s and r. */
    public StepProgram finish() {
        return new StepProgram(
                Arrays.copyOf(events, eventCount),
                Arrays.copyOf(requestedBytes, origins.size()),
                List.copyOf(origins),
                List.copyOf(marks),
                List.copyOf(roleChanges),
                List.copyOf(saves),
                List.copyOf(spans),
                List.copyOf(laps),
                Set.copyOf(kernels),
                managed,
                managed.ofRank(rank).at(microBatch, sequenceLength),
                pinned,
                pinned.heldAt(microBatch, sequenceLength),
                regime);
    }

    private void append(int event) {
        if (eventCount == events.length) {
            events = Arrays.copyOf(events, 2 * eventCount);
        }
        events[eventCount++] = event;
    }
}
