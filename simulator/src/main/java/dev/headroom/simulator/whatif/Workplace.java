package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * What stays the same while jobs vary.
 *
 * @param model the model's dimensions
 * @param gpu the card, if one was named
 * @param reserve bytes of the card that are to stay free
 * @param resolver binds jobs
 */
public record Workplace(Architecture model, Optional<Gpu> gpu, Bytes reserve, JobResolver resolver) {
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
        try {
            return MemoryModel.standard().estimate(resolve(job), reserve);
        } catch (ArithmeticException e) {
            RefusedJobException refused = new RefusedJobException(List.of(Problem.invalid(
                    "sequenceLength",
                    "%s sequences of %s tokens are too many: a size exceeds 2^63 bytes"
                            .formatted(job.batch().microBatch(), job.batch().sequenceLength()))));
            refused.initCause(e);
            throw refused;
        }
    }
}
