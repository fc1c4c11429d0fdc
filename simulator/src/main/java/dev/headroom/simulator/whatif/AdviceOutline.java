package dev.headroom.simulator.whatif;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.BytesDelta;
import java.util.List;

/**
 * What changes of a job save by the analytic reading: of the bytes requested at the peak, which no allocator can do without. It
 * says nothing of what the allocator holds beside them, and so not whether the job fits; {@link Advice} does.
 *
 * @param job the job as it is
 * @param processAtLeast what its process takes at least
 * @param outlooks changes that have rules, one at a time: the largest saving first
 */
public record AdviceOutline(FineTuningJob job, Bytes processAtLeast, List<Outlook> outlooks) {
    public AdviceOutline {
        outlooks = List.copyOf(outlooks);
    }

    /**
     * One change alone.
     *
     * @param change the change
     * @param processAtLeast what the process takes at least with it
     * @param requested requested bytes it saves; negative if it takes more
     * @param tooLarge whether it does not fit its card, whatever the allocator does
     */
    public record Outlook(Change change, Bytes processAtLeast, BytesDelta requested, boolean tooLarge) {}
}
