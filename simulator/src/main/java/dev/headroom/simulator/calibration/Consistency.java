package dev.headroom.simulator.calibration;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/** Says why constants cannot be fitted to the records of a platform: they are too few, or contradict each other. */
final class Consistency {
    /** Constants that are fitted at most: a context, what all jobs load, two modules; and as many to tell how well. */
    static final int FEWEST = 8;

    /** Records with {@code contextBytes} that a deviation can be told from. */
    private static final int FEWEST_CONTEXTS = 2;

    /**
     * What processes that load the same may differ by. As much as the smallest thing that is fitted, a module of kernels;
     * in 1,100 committed runs under PyTorch they differ by 4 MiB at most.
     */
    private static final long TOLERANCE = 8L << 20;

    /**
     * The same under ND4J, where the driver is asked over and over during the steps and may be asked a little late. In the
     * committed runs, 80 MiB and 0.5 % of the process at most.
     */
    private static final long TOLERANCE_WHEN_POLLED = 100L << 20;

    private static final double SHARE_WHEN_POLLED = 0.01;

    /** Pages of NVIDIA's drivers have 4 KiB, 64 KiB or 2 MiB; smaller steps are no figures of a driver. */
    private static final long SMALLEST_PAGE = 4L << 10;

    private static final int SHOWN = 5;

    private final Sample sample;
    private final List<Observation> all;
    private final Problems problems;
    private final Place place;

    private Consistency(Sample sample, Problems problems) {
        this.sample = sample;
        this.all = sample.all();
        this.problems = problems;
        this.place = Place.of(sample.platform().toString());
    }

    /** Adds every reason to {@code problems}. */
    static void check(Sample sample, Problems problems) {
        Consistency consistency = new Consistency(sample, problems);
        consistency.checkCount();
        consistency.checkEach();
        consistency.checkContexts();
        consistency.checkSameKernels();
        if (sample.page() < SMALLEST_PAGE) {
            problems.invalid(
                    consistency.place,
                    "processBytes are no whole pages of a driver: they differ by multiples of %s B only"
                            .formatted(sample.page()),
                    "Record them as the driver reports them, in bytes, and not rounded.");
        }
    }

    private void checkCount() {
        if (all.size() < FEWEST) {
            problems.invalid(
                    place,
                    "too few records: %s, and at least %s are needed, a quarter of them to hold out"
                            .formatted(all.size(), FEWEST));
        }
        long contexts = sample.fitted().stream()
                .filter(one -> one.context().isPresent())
                .count();
        if (contexts < FEWEST_CONTEXTS) {
            problems.invalid(
                    place,
                    "too few records with contextBytes: %s of those to fit, and at least %s are needed"
                            .formatted(contexts, FEWEST_CONTEXTS));
        }
    }

    /** A process holds its context and all that its allocator has. */
    private void checkEach() {
        if (sample.platform().runtime() == RuntimeKind.SAMEDIFF) {
            return; // What it holds is predicted.
        }
        List<String> wrong = new ArrayList<>();
        for (Observation one : all) {
            if (one.beside() < one.context().orElse(1)) {
                wrong.add("%s has %s beside its allocator%s"
                        .formatted(
                                one.named(),
                                mebibytes(one.beside()),
                                one.context().isPresent()
                                        ? ", less than its context of "
                                                + mebibytes(one.context().getAsLong())
                                        : ""));
            }
        }
        report("records contradict themselves", wrong);
    }

    private void checkContexts() {
        List<Observation> known =
                all.stream().filter(one -> one.context().isPresent()).toList();
        OptionalLong median =
                median(known.stream().mapToLong(one -> one.context().orElseThrow()));
        List<String> wrong = new ArrayList<>();
        for (Observation one : known) {
            long context = one.context().orElseThrow();
            if (Math.abs(context - median.orElseThrow()) > TOLERANCE) {
                wrong.add("%s has a context of %s; the median is %s"
                        .formatted(one.named(), mebibytes(context), mebibytes(median.orElseThrow())));
            }
        }
        report("records contradict each other by more than " + mebibytes(TOLERANCE), wrong);
    }

    private void checkSameKernels() {
        Map<Set<KernelModule>, List<Observation>> groups = new LinkedHashMap<>();
        for (Observation one : all) {
            groups.computeIfAbsent(one.kernels(), kernels -> new ArrayList<>()).add(one);
        }
        for (List<Observation> group : groups.values()) {
            long median = median(group.stream().mapToLong(Observation::beside)).orElseThrow();
            List<String> wrong = new ArrayList<>();
            for (Observation one : group) {
                if (Math.abs(one.beside() - median) > tolerance(one)) {
                    wrong.add("%s has %s beside its allocator; the median of the %s that load the same kernels is %s"
                            .formatted(one.named(), mebibytes(one.beside()), group.size(), mebibytes(median)));
                }
            }
            report(
                    sample.platform().runtime() == RuntimeKind.SAMEDIFF
                            ? "records contradict each other by more than %s and 1 %% of the process"
                                    .formatted(mebibytes(TOLERANCE_WHEN_POLLED))
                            : "records contradict each other by more than " + mebibytes(TOLERANCE),
                    wrong);
        }
    }

    private long tolerance(Observation one) {
        return sample.platform().runtime() == RuntimeKind.SAMEDIFF
                ? Math.max(TOLERANCE_WHEN_POLLED, (long) (SHARE_WHEN_POLLED * one.process()))
                : TOLERANCE;
    }

    private void report(String what, List<String> wrong) {
        if (!wrong.isEmpty()) {
            String more = wrong.size() > SHOWN ? "\n  and %s more".formatted(wrong.size() - SHOWN) : "";
            problems.invalid(
                    place,
                    what + ":\n  " + String.join("\n  ", wrong.subList(0, Math.min(SHOWN, wrong.size()))) + more);
        }
    }

    private static OptionalLong median(LongStream figures) {
        double[] values = figures.asDoubleStream().toArray();
        return values.length == 0 ? OptionalLong.empty() : OptionalLong.of(Math.round(new Median().evaluate(values)));
    }

    private static String mebibytes(long bytes) {
        return "%.2f MiB".formatted(bytes / (double) (1 << 20));
    }
}
