package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Variants of a job, each replayed once. Safe for use by several threads. */
final class Trials {
    private final Catalogs catalogs;
    private final Map<Variant, MemoryAnswers> known = new ConcurrentHashMap<>();

    /** What the answers depend on. */
    private record Variant(FineTuningJob job, Workplace workplace) {}

    Trials(Catalogs catalogs) {
        this.catalogs = catalogs;
    }

    /**
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    MemoryAnswers answers(JobSource source) {
        Workplace workplace = catalogs.workplace(source); // first, as it names every problem at once
        Variant variant = new Variant(source.read(), workplace);
        MemoryAnswers before = known.get(variant);
        if (before != null) {
            return before;
        }
        MemoryAnswers answers = workplace.answers(variant.job());
        known.put(variant, answers);
        return answers;
    }
}
