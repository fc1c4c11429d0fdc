package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.training.BatchShape;
import java.util.List;
import java.util.Optional;

/**
 * One job of a grid: an estimate, or the reasons why there is none.
 *
 * @param method the method's name
 * @param sequenceLength s [tokens]
 * @param estimate its memory, if it could be computed
 * @param problems why it could not
 */
public record Cell(String method, int sequenceLength, Optional<MemoryEstimate> estimate, List<Problem> problems) {
    public Cell {
        problems = List.copyOf(problems);
    }

    static Cell of(Contender contender, int length, Workplace workplace) {
        if (contender.job().isEmpty()) {
            return new Cell(contender.method(), length, Optional.empty(), contender.problems());
        }
        FineTuningJob job = contender.job().get();
        BatchShape batch = job.batch();
        try {
            MemoryEstimate estimate =
                    workplace.estimate(job.withBatch(new BatchShape(batch.microBatch(), length, batch.padded())));
            return new Cell(contender.method(), length, Optional.of(estimate), List.of());
        } catch (RefusedJobException e) {
            return new Cell(contender.method(), length, Optional.empty(), e.problems());
        }
    }

    /** Whether a card was named and the job does not fit it. */
    public boolean outOfMemory() {
        return estimate.flatMap(MemoryEstimate::verdict)
                .map(verdict -> !verdict.fits())
                .orElse(false);
    }

    /** Whether it makes no sense, rather than missing a rule. */
    public boolean isInvalid() {
        return problems.stream().anyMatch(problem -> problem.kind() == Problem.Kind.INVALID);
    }
}
