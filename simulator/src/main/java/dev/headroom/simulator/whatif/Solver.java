package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFormula;
import dev.headroom.model.analytic.PeakFunction;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.training.BatchShape;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/**
 * Turns the question round: what is the most that fits, the least that is needed, the length at which a saving ends. The
 * analytic reading narrows an answer down, and replay decides it. Immutable and safe for use by several threads.
 */
public final class Solver {
    /** Longest sequence and largest batch that are tried; no card holds their logits. */
    private static final int MOST = 1 << 24;

    /** Beyond the largest value found, so many others are tried, as fragmentation may let a larger one in. */
    private static final int TRIED_BEYOND = 12;

    private final Catalogs catalogs;

    public Solver() {
        this(new Catalogs());
    }

    /** A solver that shares models and cards with other questions. */
    public Solver(Catalogs catalogs) {
        this.catalogs = catalogs;
    }

    /**
     * The largest value of a key with which a job fits its card.
     *
     * @param key sequence length, micro-batch, or the method's rank
     * @param value the largest value that fits; none if not even the smallest does
     * @param atValue the job with it
     * @param atNext the answers one above it, which do not fit; none if there is nothing above
     * @param limit what ends the search if not memory, such as the model's learned positions
     * @param replays how many jobs were replayed
     */
    public record Maximum(
            JobKey key,
            OptionalInt value,
            Optional<MemoryEstimate> atValue,
            Optional<MemoryAnswers> atNext,
            Optional<String> limit,
            int replays) {}

    /**
     * The smallest card a job fits.
     *
     * @param gpu the card with the least memory on which it fits, if there is one
     * @param estimate the job on it
     * @param tried every card that was tried, in ascending order of memory, up to the one that fits
     */
    public record SmallestGpu(Optional<Gpu> gpu, Optional<MemoryEstimate> estimate, List<Tried> tried) {
        public SmallestGpu {
            tried = List.copyOf(tried);
        }
    }

    /**
     * A card that was tried.
     *
     * @param gpu the card
     * @param headroomBytes what is to spare on it; negative by as much as is missing; empty if there is no estimate
     * @param problems why there is no estimate
     */
    public record Tried(Gpu gpu, OptionalLong headroomBytes, List<Problem> problems) {
        public Tried {
            problems = List.copyOf(problems);
        }
    }

    /**
     * Where the saving of one job over another falls below a share.
     *
     * @param savingRatio the share of the baseline's allocated bytes
     * @param length the first sequence length at which less is saved; none if as much is saved up to {@code longest}
     * @param longest the longest length that was looked at
     * @param before both jobs one token before {@code length}; none if there is none before
     * @param at both jobs at {@code length}, or at {@code longest}
     */
    public record Crossover(double savingRatio, OptionalInt length, int longest, Optional<Pair> before, Pair at) {}

    /**
     * Two jobs at one length, by replay.
     *
     * @param length s [tokens]
     */
    public record Pair(int length, MemoryAnswers job, MemoryAnswers baseline) {
        /** The share of the baseline's allocated bytes that the job saves; negative if it takes more. */
        public double allocatedSavingRatio() {
            return 1
                    - (double) job.peakAllocated().count()
                            / baseline.peakAllocated().count();
        }

        /** The same of reserved bytes, which step with the allocator's segments. */
        public double reservedSavingRatio() {
            return 1
                    - (double) job.peakReserved().count()
                            / baseline.peakReserved().count();
        }
    }

    /**
     * The largest value of a key with which a job fits its card.
     *
     * @param source the job, with its card; it needs no value for {@code key}
     * @param key {@link JobKey#SEQUENCE_LENGTH}, {@link JobKey#MICRO_BATCH} or {@link JobKey#RANK}
     * @throws InputException if the job is wrong or names no card
     * @throws RefusedJobException if no rule covers it
     */
    public Maximum largest(JobSource source, JobKey key) {
        JobSource smallest = source.with(key, "1");
        FineTuningJob job = smallest.read();
        Workplace workplace = catalogs.workplace(smallest);
        if (workplace.gpu().isEmpty()) {
            throw new InputException(source.placeOf("gpu"), "a card is needed to fit", "Maybe --gpu a100-80gb?");
        }
        return key == JobKey.RANK
                ? largestRank(smallest, workplace)
                : largestBatch(job, key == JobKey.SEQUENCE_LENGTH, workplace);
    }

    private static Maximum largestBatch(FineTuningJob job, boolean length, Workplace workplace) {
        Search search = new Search(value -> workplace.answers(with(job, length, value)));
        PeakFunction function = MemoryModel.standard().peakFunction(workplace.resolve(with(job, length, 1)));
        ResolvedJob resolved = workplace.resolve(with(job, length, 1));
        int allowed = last(1, MOST, value -> isAccepted(workplace, with(job, length, value)));
        int possible = last(0, allowed, value -> {
            BatchShape shape = with(job, length, value).batch();
            return mayFit(function, resolved, shape.microBatch(), shape.sequenceLength(), workplace);
        });
        int value = search.largest(possible);
        Optional<String> limit = value == allowed && allowed < MOST
                ? Optional.of(refusal(workplace, with(job, length, allowed + 1)))
                : Optional.empty();
        return search.maximum(
                length ? JobKey.SEQUENCE_LENGTH : JobKey.MICRO_BATCH,
                value,
                limit,
                () -> workplace.estimate(with(job, length, value)));
    }

    private static FineTuningJob with(FineTuningJob job, boolean length, int value) {
        BatchShape batch = job.batch();
        return job.withBatch(
                length
                        ? new BatchShape(batch.microBatch(), value, batch.padded())
                        : new BatchShape(value, batch.sequenceLength(), batch.padded()));
    }

    private static boolean isAccepted(Workplace workplace, FineTuningJob job) {
        try {
            workplace.resolve(job);
            return true;
        } catch (RefusedJobException e) {
            return false;
        }
    }

    private static String refusal(Workplace workplace, FineTuningJob job) {
        try {
            workplace.resolve(job);
            return "";
        } catch (RefusedJobException e) {
            return e.problems().get(0).message();
        }
    }

    /** Whether the requested bytes and the overhead alone leave room: without that nothing helps. */
    private static boolean mayFit(PeakFunction function, ResolvedJob job, int b, int s, Workplace workplace) {
        try {
            PeakFormula formula = function.formulaAt(b, s);
            long needed = Math.addExact(
                    formula.at(b, s), job.overhead().total(formula.kernels()).count());
            return needed <= workplace.available();
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private Maximum largestRank(JobSource source, Workplace workplace) {
        Search search = new Search(rank -> workplace.answers(withRank(source, rank)));
        int allowed = last(1, MOST, rank -> isAccepted(workplace, withRank(source, rank)));
        int value = search.largest(allowed);
        Optional<String> limit = value == allowed && allowed < MOST
                ? Optional.of(refusal(workplace, withRank(source, allowed + 1)))
                : Optional.empty();
        return search.maximum(JobKey.RANK, value, limit, () -> workplace.estimate(withRank(source, value)));
    }

    private static FineTuningJob withRank(JobSource source, int rank) {
        return source.with(JobKey.RANK, Integer.toString(rank)).read();
    }

    /** The largest number from {@code low} to {@code high} that passes; all up to it do, and {@code low} is taken to. */
    private static int last(int low, int high, IntPredicate passes) {
        int good = low;
        int step = 1;
        while (good < high && passes.test(Math.min(high, good + step))) {
            good = Math.min(high, good + step);
            step = Math.min(2 * step, high);
        }
        int bad = Math.min(high + 1, good + step);
        while (bad - good > 1) {
            int middle = good + (bad - good) / 2;
            if (passes.test(middle)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return good;
    }

    /** What a job answers at a value. */
    private interface Answering {
        MemoryAnswers at(int value);
    }

    /** Replays at values of one key, and counts them. */
    private static final class Search {
        private final Answering answering;
        private int replays;

        Search(Answering answering) {
            this.answering = answering;
        }

        /** Whether it fits; a job beyond all numbers does not. */
        private boolean fits(int value) {
            replays++;
            try {
                return answering.at(value).verdict().orElseThrow().fits();
            } catch (RefusedJobException e) {
                return false;
            }
        }

        /**
         * A value that fits where the next one does not; 0 if none was found. Fragmentation may let a larger one in: values
         * up to {@code possible} are tried here and there.
         */
        int largest(int possible) {
            int good = 0;
            int bad = possible + 1;
            if (possible > 0 && fits(possible)) {
                return possible;
            }
            bad = Math.min(bad, Math.max(1, possible));
            while (true) {
                good = between(good, bad);
                int found = beyond(good, possible);
                if (found == good) {
                    return good;
                }
                good = found;
                bad = possible;
            }
        }

        private int between(int fitting, int failing) {
            int good = fitting;
            int bad = failing;
            while (bad - good > 1) {
                int middle = good + (bad - good) / 2;
                if (fits(middle)) {
                    good = middle;
                } else {
                    bad = middle;
                }
            }
            return good;
        }

        private int beyond(int good, int possible) {
            for (int i = TRIED_BEYOND; i >= 1; i--) {
                int tried = good + 1 + (int) ((long) (possible - good - 1) * i / TRIED_BEYOND);
                if (tried > good + 1 && tried < possible && fits(tried)) {
                    return tried;
                }
            }
            return good;
        }

        Maximum maximum(
                JobKey key, int value, Optional<String> limit, java.util.function.Supplier<MemoryEstimate> estimate) {
            Optional<MemoryAnswers> next = Optional.empty();
            if (limit.isEmpty()) {
                try {
                    next = Optional.of(answering.at(value + 1));
                    replays++;
                } catch (RefusedJobException e) {
                    next = Optional.empty();
                }
            }
            return value == 0
                    ? new Maximum(key, OptionalInt.empty(), Optional.empty(), next, limit, replays)
                    : new Maximum(key, OptionalInt.of(value), Optional.of(estimate.get()), next, limit, replays + 1);
        }
    }

    /**
     * The card with the least memory that a job fits.
     *
     * @param source the job; a card it names is not looked at
     * @param candidates cards to choose from
     * @throws InputException if the job is wrong
     * @throws RefusedJobException if no rule covers it on any card
     */
    public SmallestGpu smallestGpu(JobSource source, List<Gpu> candidates) {
        FineTuningJob job = source.read();
        Workplace workplace = catalogs.workplace(source);
        List<Tried> tried = new ArrayList<>();
        for (Gpu gpu : candidates.stream()
                .sorted(java.util.Comparator.comparing(Gpu::memory).thenComparing(Gpu::id))
                .toList()) {
            try {
                MemoryAnswers answers = workplace.on(gpu).answers(job);
                MemoryEstimate.Verdict verdict = answers.verdict().orElseThrow();
                tried.add(new Tried(gpu, OptionalLong.of(verdict.headroomBytes()), List.of()));
                if (verdict.fits()) {
                    return new SmallestGpu(
                            Optional.of(gpu), Optional.of(workplace.on(gpu).estimate(job)), tried);
                }
            } catch (RefusedJobException e) {
                tried.add(new Tried(gpu, OptionalLong.empty(), e.problems()));
            }
        }
        return new SmallestGpu(Optional.empty(), Optional.empty(), tried);
    }

    /**
     * The first sequence length at which a job saves less than a share of what another takes. Both are looked at on the same
     * lengths, whatever length they name.
     *
     * @param source the job whose saving is looked at
     * @param baseline the job it is compared with
     * @param savingRatio the share of allocated bytes, above 0 and below 1
     * @param longest the longest length to look at [tokens]
     * @throws InputException if a job is wrong
     * @throws RefusedJobException if no rule covers one
     */
    public Crossover crossover(JobSource source, JobSource baseline, double savingRatio, int longest) {
        Side job = side(source);
        Side other = side(baseline);
        int most = Math.min(longest, Math.min(job.longest(longest), other.longest(longest)));
        IntPredicate savesAnalytically =
                length -> 1 - (double) job.requested(length) / other.requested(length) >= savingRatio;
        int guess = firstFailing(most, savesAnalytically);
        IntPredicate saves = length -> pair(job, other, length).allocatedSavingRatio() >= savingRatio;
        int length = nearest(guess, most, saves);
        if (length > most) {
            return new Crossover(savingRatio, OptionalInt.empty(), most, Optional.empty(), pair(job, other, most));
        }
        Optional<Pair> before = length > 1 ? Optional.of(pair(job, other, length - 1)) : Optional.empty();
        return new Crossover(savingRatio, OptionalInt.of(length), most, before, pair(job, other, length));
    }

    /** The first number from 1 on that fails, of those on a grid that is then narrowed; {@code most + 1} if none does. */
    private static int firstFailing(int most, IntPredicate passes) {
        int good = 0;
        int at = 1;
        while (at < most && passes.test(at)) {
            good = at;
            at = Math.min(most, at + Math.max(1, at / 16));
        }
        if (at == most && passes.test(most)) {
            return most + 1;
        }
        int bad = at;
        while (bad - good > 1) {
            int middle = good + (bad - good) / 2;
            if (passes.test(middle)) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        return bad;
    }

    /** The first failing number next to a guess: rounding of blocks moves it a little. */
    private static int nearest(int guess, int most, IntPredicate passes) {
        int length = Math.min(guess, most);
        if (passes.test(length)) {
            while (length <= most && passes.test(length)) {
                length++;
            }
            return length;
        }
        while (length > 1 && !passes.test(length - 1)) {
            length--;
        }
        return length;
    }

    /** One of the two jobs of a crossover. */
    private record Side(FineTuningJob job, Workplace workplace, PeakFunction function) {
        long requested(int length) {
            return Workplace.exact(job.batch(), () -> function.at(job.batch().microBatch(), length));
        }

        int longest(int most) {
            return last(1, most, length -> isAccepted(workplace, with(job, true, length)));
        }
    }

    private Side side(JobSource source) {
        JobSource short1 = source.with(JobKey.SEQUENCE_LENGTH, "1");
        FineTuningJob job = short1.read();
        Workplace workplace = catalogs.workplace(short1);
        return new Side(job, workplace, MemoryModel.standard().peakFunction(workplace.resolve(job)));
    }

    private static Pair pair(Side job, Side baseline, int length) {
        return new Pair(
                length,
                job.workplace().answers(with(job.job(), true, length)),
                baseline.workplace().answers(with(baseline.job(), true, length)));
    }
}
