package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.training.BatchShape;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A job with every number bound: what formulas work on. Made by {@link JobResolver}.
 *
 * @param job the job as described
 * @param architecture the model's dimensions, with the layer override applied
 * @param gpu the card it runs on, if one was named
 * @param computeCapability the card's, or the assumed one
 * @param overhead what the process holds beside the allocator
 * @param warnings assumptions that were made
 * @param routing where tokens are assumed to go, if they have experts to go to
 */
public record ResolvedJob(
        FineTuningJob job,
        Architecture architecture,
        Optional<Gpu> gpu,
        ComputeCapability computeCapability,
        ProcessOverhead overhead,
        List<String> warnings,
        Routing routing) {
    private static final int H200_MULTIPROCESSORS = 132;

    public ResolvedJob {
        warnings = List.copyOf(warnings);
    }

    /** A job with tokens evenly among experts. */
    public ResolvedJob(
            FineTuningJob job,
            Architecture architecture,
            Optional<Gpu> gpu,
            ComputeCapability computeCapability,
            ProcessOverhead overhead,
            List<String> warnings) {
        this(job, architecture, gpu, computeCapability, overhead, warnings, Routing.EVEN);
    }

    /** The same job with tokens sent elsewhere. */
    public ResolvedJob withRouting(Routing other) {
        return new ResolvedJob(job, architecture, gpu, computeCapability, overhead, warnings, other);
    }

    /** Whether its memory depends on where tokens are sent. */
    public boolean dependsOnRouting() {
        return Mixture.describes(architecture) && Mixture.of(architecture).separate();
    }

    /** The same job with another micro-batch or sequence length, which must be as good as this one's. */
    public ResolvedJob withBatch(BatchShape batch) {
        return with(job.withBatch(batch));
    }

    /** The same job with another rank of its adapters, which must be as good as this one's. */
    public ResolvedJob withRank(int rank) {
        return with(job.withMethod(job.method().withRank(rank)));
    }

    /** The same job with as many micro-batches in a step. */
    public ResolvedJob withGradientAccumulation(int microBatches) {
        return with(job.withGradientAccumulation(microBatches));
    }

    private ResolvedJob with(FineTuningJob changed) {
        return new ResolvedJob(changed, architecture, gpu, computeCapability, overhead, warnings, routing);
    }

    /** The same job in a process that holds something else beside the allocator. */
    public ResolvedJob withOverhead(ProcessOverhead changed) {
        return new ResolvedJob(job, architecture, gpu, computeCapability, changed, warnings, routing);
    }

    /** Streaming multiprocessors of the card; the H200's where they are not known. */
    public int multiprocessors() {
        return gpu.map(Gpu::multiprocessors).orElse(OptionalInt.empty()).orElse(H200_MULTIPROCESSORS);
    }
}
