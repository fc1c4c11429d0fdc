package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.explain.Source;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.program.Phase;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.Polynomial;
import java.util.List;
import java.util.Map;

/** Estimates that say what a test wants. */
public final class Estimates {
    private Estimates() {}

    /** An estimate of three answers and one figure; whether it fits follows from the process and the card. */
    public static MemoryEstimate of(ResolvedJob job, long allocated, long reserved, long process, long backwardPeak) {
        Category category = Category.SAVED_ACTIVATIONS;
        MemoryNode alive = new MemoryNode.Leaf(
                category.id(),
                category.label(),
                new Bytes(allocated),
                1,
                Long.toString(allocated),
                new Source(Source.Kind.ASSUMPTION, "a test"));
        return new MemoryEstimate(
                job,
                new Bytes(allocated),
                new Bytes(reserved),
                new Bytes(process),
                new MemoryEstimate.Peak(2, Phase.BACKWARD, "lm_head", "MmBackward0", Polynomial.constant(allocated)),
                new MemoryNode.Group("process", "process", List.of(alive)),
                new MemoryEstimate.AfterLoad(Bytes.ZERO, Bytes.ZERO, 0),
                List.of(Map.of(Figure.BACKWARD_PEAK, new Bytes(backwardPeak))),
                new MemoryEstimate.Parameters(1, 1, 1),
                job.gpu()
                        .map(gpu -> new MemoryEstimate.Verdict(
                                process <= gpu.memory().count(),
                                gpu.id(),
                                gpu.memory(),
                                Bytes.ZERO,
                                gpu.memory().count() - process,
                                false)),
                List.of());
    }
}
