package dev.headroom.model;

import dev.headroom.model.analytic.PeakComposition;
import dev.headroom.model.analytic.PeakFormula;
import dev.headroom.model.analytic.PeakFunction;
import dev.headroom.model.architecture.ParameterCount;
import dev.headroom.model.explain.MemoryTimeline;
import dev.headroom.model.explain.PeakBreakdown;
import dev.headroom.model.explain.RuleBook;
import dev.headroom.model.explain.SegmentMap;
import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.job.Routing;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.program.SavedTensor;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.PyTorchRuleBook;
import dev.headroom.model.pytorch.training.PyTorchRecorder;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.replay.Replay;
import dev.headroom.model.replay.ReplayResult;
import dev.headroom.model.samediff.SameDiffRecorder;
import dev.headroom.model.samediff.SameDiffRuleBook;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.RuntimeKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Estimates the memory of a resolved job. Immutable and safe for use by several threads. */
public final class MemoryModel {
    private static final MemoryModel STANDARD = new MemoryModel(PyTorchRecorder::record);

    private final Recorder recorder;

    /** Records the programs of jobs. */
    @FunctionalInterface
    interface Recorder {
        StepProgram record(ResolvedJob job);

        /** A program that may be without origins. */
        default StepProgram recordBare(ResolvedJob job) {
            return record(job);
        }

        /** A program that asks for as many bytes at once, but may have fewer micro-batches in a step. */
        default StepProgram recordBriefly(ResolvedJob job) {
            return recordBare(job);
        }
    }

    private MemoryModel(Recorder recorder) {
        this.recorder = recorder;
    }

    /** The model with every rule Headroom knows. */
    public static MemoryModel standard() {
        return STANDARD;
    }

    /**
     * The same model, which keeps what it has recorded: another micro-batch, sequence length or LoRA rank of a job asked
     * for before takes half the time or less. For servers and other programs that ask often about few jobs.
     *
     * @param heap bytes that the programs kept may take together, about; that of an 8B model takes some 5 MB if it was
     *     estimated, and a tenth of that if only {@link #answers} were asked for
     */
    public static MemoryModel remembering(long heap) {
        return new MemoryModel(new RememberedPrograms(heap, PyTorchRecorder::recordForAnyRank));
    }

    /**
     * The memory a job takes, by exact replay of its allocations.
     *
     * <p>On a named card, a job whose cache outgrows it is replayed with the card's limit, as the allocator then gives
     * cached blocks back and tries again; the answers are those of that replay if it succeeds.
     *
     * @param reserve bytes of the card that are to stay free; only the verdict depends on it
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     * @throws dev.headroom.model.job.RefusedJobException if it needs a kernel that has no rule
     */
    public MemoryEstimate estimate(ResolvedJob job, Bytes reserve) {
        if (job.job().runtime() == RuntimeKind.SAMEDIFF) {
            return onSameDiff(job, reserve);
        }
        StepProgram program = recorder.record(job);
        Run run = Run.of(job, program, reserve);
        ReplayResult replay = run.replay();
        RuleBook rules = new PyTorchRuleBook(
                job.job().stack(), job.architecture().modelType(), job.job().lossKernel());
        return new MemoryEstimate(
                job,
                new Bytes(replay.peakAllocated()),
                new Bytes(replay.peakReserved()),
                new Bytes(run.process()),
                peak(program, replay.peakEvent()),
                PeakBreakdown.of(program, replay, job.overhead(), rules),
                new MemoryEstimate.AfterLoad(
                        new Bytes(replay.loadedAllocated()), new Bytes(replay.loadedReserved()), replay.segments()),
                replay.steps().stream().map(MemoryModel::figures).toList(),
                parameters(job, program),
                run.verdict(),
                warnings(job, program),
                Optional.empty(),
                allocatedRange(job, replay.peakAllocated()));
    }

    /** What the allocated peak lies between, whichever way tokens are sent to experts. */
    private static Optional<MemoryEstimate.Range> allocatedRange(ResolvedJob job, long estimated) {
        if (!job.dependsOnRouting()) {
            return Optional.empty();
        }
        long[] peaks = Arrays.stream(Routing.values())
                .filter(routing -> routing != job.routing())
                .map(job::withRouting)
                .map(PyTorchRecorder::record)
                .mapToLong(program ->
                        Replay.of(program, job.job().allocator(), allowed(job)).peakAllocated())
                .toArray();
        return Optional.of(new MemoryEstimate.Range(
                new Bytes(Arrays.stream(peaks).reduce(estimated, Math::min)),
                new Bytes(Arrays.stream(peaks).reduce(estimated, Math::max))));
    }

    private static List<String> warnings(ResolvedJob job, StepProgram program) {
        List<String> warnings = new ArrayList<>(job.warnings());
        if (program.managedBytes() > 0) {
            warnings.add(
                    "paged optimizer: %s of its state are managed memory, which the driver moves between host and card, and which no figure here has"
                            .formatted(new Bytes(program.managedBytes())));
        }
        if (program.pinnedBytes() > 0) {
            warnings.add(
                    "offloaded checkpoints: %s of the host's memory are pinned (in blocks of powers of two), which no figure here has"
                            .formatted(new Bytes(program.pinnedBytes())));
        }
        return warnings;
    }

    /** Every segment that the allocator holds at the allocated peak. */
    public SegmentMap segmentMap(ResolvedJob job) {
        StepProgram program = recordWithAllocator(job);
        AllocatorSettings settings = job.job().allocator();
        OptionalLong allowed = allowed(job);
        int peak = Replay.of(program, settings, allowed).peakEvent();
        return SegmentMap.of(program, peak, Replay.segmentsAt(program, settings, allowed, peak));
    }

    /**
     * The memory over the course of the training step in which it peaks.
     *
     * @param mostSamples moments of it that are told at most, from 1
     */
    public StepTimeline stepTimeline(ResolvedJob job, int mostSamples) {
        return StepTimeline.of(recordWithAllocator(job), job.job().allocator(), allowed(job), mostSamples);
    }

    /** What {@code torch.cuda.set_per_process_memory_fraction} leaves to the allocator. */
    private static OptionalLong allowed(ResolvedJob job) {
        OptionalDouble fraction = job.job().allocator().memoryFraction();
        return fraction.isPresent() && job.gpu().isPresent()
                ? OptionalLong.of((long)
                        (fraction.getAsDouble() * job.gpu().get().memory().count()))
                : OptionalLong.empty();
    }

    /**
     * The answers of {@link #estimate} without what explains them, in about half the time.
     *
     * @param reserve bytes of the card that are to stay free; only the verdict depends on it
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     * @throws dev.headroom.model.job.RefusedJobException if it needs a kernel that has no rule
     */
    public MemoryAnswers answers(ResolvedJob job, Bytes reserve) {
        if (job.job().runtime() == RuntimeKind.SAMEDIFF) {
            return onSameDiff(job, reserve).answers();
        }
        Run run = Run.of(job, recorder.recordBare(job), reserve);
        return new MemoryAnswers(
                new Bytes(run.replay().peakAllocated()),
                new Bytes(run.replay().peakReserved()),
                new Bytes(run.process()),
                run.verdict());
    }

    /**
     * What the process takes at least: the bytes requested at the peak and its overhead, which no allocator can do with less
     * than. In a tenth of the time of {@link #answers}, once the job's program is known.
     *
     * @throws ArithmeticException if a size exceeds 2^63 bytes
     * @throws dev.headroom.model.job.RefusedJobException if it needs a kernel that has no rule
     */
    public Bytes processAtLeast(ResolvedJob job) {
        if (job.job().runtime() == RuntimeKind.SAMEDIFF) {
            return onSameDiff(job, Bytes.ZERO).process();
        }
        StepProgram program = recorder.recordBriefly(job);
        long overhead = job.overhead().total(program.kernels()).count();
        return new Bytes(Math.addExact(program.requestedPeak(), overhead));
    }

    /** The replay of a program on the job's card. */
    private record Run(ReplayResult replay, long process, Optional<MemoryEstimate.Verdict> verdict) {
        static Run of(ResolvedJob job, StepProgram program, Bytes reserve) {
            AllocatorSettings settings = job.job().allocator();
            OptionalLong allowed = allowed(job);
            ReplayResult replay = Replay.of(program, settings, allowed);
            long overhead = job.overhead().total(program.kernels()).count();
            Optional<MemoryEstimate.Verdict> verdict = Optional.empty();
            if (job.gpu().isPresent()) {
                Gpu gpu = job.gpu().get();
                long available = gpu.memory().count() - reserve.count();
                long capacity = Math.min(available - overhead, allowed.orElse(Long.MAX_VALUE));
                boolean fits = replay.peakReserved() <= capacity;
                boolean retried = false;
                if (!fits && program.requestedPeak() <= capacity) {
                    ReplayResult limited = Replay.onDevice(program, settings, allowed, capacity);
                    fits = !limited.outOfMemory();
                    retried = fits;
                    replay = fits ? limited : replay;
                }
                verdict = Optional.of(new MemoryEstimate.Verdict(
                        fits,
                        gpu.id(),
                        gpu.memory(),
                        reserve,
                        Math.subtractExact(available, Math.addExact(replay.peakReserved(), overhead)),
                        retried));
            }
            return new Run(replay, Math.addExact(replay.peakReserved(), overhead), verdict);
        }
    }

    /** The peak of a job as a function of micro-batch and sequence length. */
    public PeakFormula peakFormula(ResolvedJob job) {
        return PeakFormula.of(record(job));
    }

    /** The peak of a job at every micro-batch and sequence length, recorded anew where a formula ends to hold. */
    public PeakFunction peakFunction(ResolvedJob job) {
        boolean padded = job.job().batch().padded();
        return new PeakFunction((b, s) -> record(job.withBatch(new BatchShape(b, s, padded))));
    }

    /** What that peak is made of, recorded anew where a recording ends to hold. */
    public PeakComposition peakComposition(ResolvedJob job) {
        boolean padded = job.job().batch().padded();
        return new PeakComposition((b, s) -> recorder.record(job.withBatch(new BatchShape(b, s, padded))));
    }

    /** The memory of a job over the course of training, on a card that never runs out. */
    public MemoryTimeline timeline(ResolvedJob job) {
        return MemoryTimeline.of(recordWithAllocator(job), job.job().allocator());
    }

    /** What autograd saves for backward in the forward pass of the second step, each storage once, weights left out. */
    public List<SavedTensor> savedTensors(ResolvedJob job) {
        return record(job).savedTensors(2);
    }

    /** The program of a job on a runtime whose caching allocator there is something to show of. */
    private StepProgram recordWithAllocator(ResolvedJob job) {
        if (job.job().runtime() == RuntimeKind.SAMEDIFF) {
            throw new RefusedJobException(List.of(Problem.unsupported(
                    "runtime",
                    "no rule for timelines and segments under samediff yet, which has no caching allocator")));
        }
        return recorder.record(job);
    }

    private static StepProgram record(ResolvedJob job) {
        return job.job().runtime() == RuntimeKind.SAMEDIFF ? SameDiffRecorder.record(job) : PyTorchRecorder.record(job);
    }

    /**
     * SameDiff has no caching allocator: the peak is that of live arrays. Its process holds, beside them, what operations
     * make for themselves, whole pages for each array, and the context.
     */
    private static MemoryEstimate onSameDiff(ResolvedJob job, Bytes reserve) {
        StepProgram program = SameDiffRecorder.record(job);
        Bytes page = job.overhead().page();
        ReplayResult live = Replay.ofLiveBytes(program, page);
        ReplayResult device = Replay.ofLiveBytes(SameDiffRecorder.recordWithScratch(job), page);
        long overhead = job.overhead().total(program.kernels()).count();
        long process = Math.addExact(device.peakReserved(), overhead);
        return new MemoryEstimate(
                job,
                new Bytes(live.peakAllocated()),
                new Bytes(device.peakReserved()),
                new Bytes(process),
                peak(program, live.peakEvent()),
                PeakBreakdown.ofLiveArrays(program, live, device, job.overhead(), new SameDiffRuleBook()),
                new MemoryEstimate.AfterLoad(
                        new Bytes(live.loadedAllocated()), new Bytes(live.loadedReserved()), live.segments()),
                live.steps().stream().map(MemoryModel::figures).toList(),
                parameters(job, program),
                job.gpu().map(gpu -> {
                    long headroom = Math.subtractExact(gpu.memory().count() - reserve.count(), process);
                    return new MemoryEstimate.Verdict(headroom >= 0, gpu.id(), gpu.memory(), reserve, headroom, false);
                }),
                job.warnings(),
                Optional.of(new Bytes(device.peakAllocated())),
                Optional.empty());
    }

    private static MemoryEstimate.Peak peak(StepProgram program, int event) {
        StepProgram.Span span = program.spanOf(event);
        int code = program.event(event);
        String module = code < 0 ? "" : program.origin(code >> 1).module();
        String operation = code < 0 ? "" : program.origin(code >> 1).operation();
        return new MemoryEstimate.Peak(
                span.step(), span.phase(), module, operation, PeakBreakdown.formula(program, event));
    }

    private static Map<Figure, Bytes> figures(Map<Figure, Long> counts) {
        Map<Figure, Bytes> figures = new EnumMap<>(Figure.class);
        counts.forEach((figure, count) -> figures.put(figure, new Bytes(count)));
        return figures;
    }

    private static MemoryEstimate.Parameters parameters(ResolvedJob job, StepProgram program) {
        long base = ParameterCount.of(job.architecture());
        long adapters = parametersIn(program, Category.ADAPTERS);
        long trained = parametersIn(program, Category.TRAINABLE_WEIGHTS);
        return new MemoryEstimate.Parameters(base, base + adapters, trained + adapters);
    }

    /** Elements of the parameters of a category that are there when training begins. */
    private static long parametersIn(StepProgram program, Category category) {
        long elements = 0;
        for (int tensor : program.liveAt(program.loadedEvent())) {
            TensorOrigin origin = program.origin(tensor);
            if (origin.category() == category) {
                elements += origin.shape().elements();
            }
        }
        return elements;
    }
}
