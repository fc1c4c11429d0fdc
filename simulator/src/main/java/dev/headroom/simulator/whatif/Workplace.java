package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.explain.MemoryTimeline;
import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.training.BatchShape;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What stays the same while jobs vary.
 *
 * @param model the model's dimensions
 * @param gpu the card, if one was named
 * @param reserve bytes of the card that are to stay free
 * @param resolver binds jobs
 * @param memory estimates them
 */
public record Workplace(
        Architecture model, Optional<Gpu> gpu, Bytes reserve, JobResolver resolver, MemoryModel memory) {
    /** A workplace with {@link MemoryModel#standard()}. */
    public Workplace(Architecture model, Optional<Gpu> gpu, Bytes reserve, JobResolver resolver) {
        this(model, gpu, reserve, resolver, MemoryModel.standard());
    }

    /**
     * A job bound to this model and card.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public ResolvedJob resolve(FineTuningJob job) {
        return resolver.resolve(job, model, gpu);
    }

    /**
     * The memory a job takes here.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public MemoryEstimate estimate(FineTuningJob job) {
        return exact(job.batch(), () -> memory.estimate(resolve(job), reserve));
    }

    /**
     * The answers about a job alone, in about half the time.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public MemoryAnswers answers(FineTuningJob job) {
        return exact(job.batch(), () -> memory.answers(resolve(job), reserve));
    }

    /**
     * What a job's process takes at least, whatever the allocator does, in a tenth of the time.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public Bytes processAtLeast(FineTuningJob job) {
        return exact(job.batch(), () -> memory.processAtLeast(resolve(job)));
    }

    /**
     * The memory of a job over the course of training.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public MemoryTimeline timeline(FineTuningJob job) {
        return exact(job.batch(), () -> memory.timeline(resolve(job)));
    }

    /**
     * The memory of a job over the course of the step in which it peaks, by category.
     *
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public StepTimeline stepTimeline(FineTuningJob job) {
        return stepTimeline(job, StepTimeline.STANDARD_SAMPLES);
    }

    /**
     * The same with fewer or more samples.
     *
     * @param mostSamples moments of it that are told at most, from 1
     * @throws RefusedJobException if it makes no sense or no rule covers it
     */
    public StepTimeline stepTimeline(FineTuningJob job, int mostSamples) {
        return exact(job.batch(), () -> memory.stepTimeline(resolve(job), mostSamples));
    }

    /** Bytes that a process may take on the card; what PyTorch may hold of it can be less. */
    long available() {
        return gpu.orElseThrow().memory().count() - reserve.count();
    }

    /** The same with another card. */
    public Workplace on(Gpu card) {
        return new Workplace(model, Optional.of(card), reserve, resolver, memory);
    }

    /** Turns an overflow into a refusal that names what was too large. */
    static <T> T exact(BatchShape batch, Supplier<T> computation) {
        try {
            return computation.get();
        } catch (ArithmeticException e) {
            RefusedJobException refused = new RefusedJobException(List.of(tooLarge(batch)));
            refused.initCause(e);
            throw refused;
        }
    }

    private static Problem tooLarge(BatchShape batch) {
        return Problem.invalid(
                "sequenceLength",
                "%s sequences of %s tokens are too many: a size exceeds 2^63 bytes"
                        .formatted(batch.microBatch(), batch.sequenceLength()));
    }
}
