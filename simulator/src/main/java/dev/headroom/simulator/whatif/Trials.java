package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Variants of a job, each looked at and replayed once at most. Safe for use by several threads. */
final class Trials {
    private final Catalogs catalogs;
    private final Map<Variant, MemoryAnswers> known = new ConcurrentHashMap<>();
    private final Map<Variant, Bytes> knownAtLeast = new ConcurrentHashMap<>();

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
        return answers(variant(source));
    }

    /**
     * What a variant's process takes at least.
     *
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    Bytes processAtLeast(JobSource source) {
        return processAtLeast(variant(source));
    }

    /**
     * Whether a variant fits its card, if it has one; replayed only if what it takes at least would fit.
     *
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it
     */
    boolean fits(JobSource source) {
        Variant variant = variant(source);
        return variant.workplace().gpu().isEmpty()
                || (processAtLeast(variant).count() <= variant.workplace().available()
                        && answers(variant)
                                .verdict()
                                .map(MemoryEstimate.Verdict::fits)
                                .orElse(true));
    }

    private MemoryAnswers answers(Variant variant) {
        return once(known, variant, variant.workplace()::answers);
    }

    private Bytes processAtLeast(Variant variant) {
        return once(knownAtLeast, variant, variant.workplace()::processAtLeast);
    }

    private static <T> T once(Map<Variant, T> known, Variant variant, Function<FineTuningJob, T> answer) {
        T before = known.get(variant);
        if (before != null) {
            return before;
        }
        T fresh = answer.apply(variant.job());
        known.put(variant, fresh);
        return fresh;
    }

    private Variant variant(JobSource source) {
        Workplace workplace = catalogs.workplace(source); // first, as it names every problem at once
        return new Variant(source.read(), workplace);
    }
}
