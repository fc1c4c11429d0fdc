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
import dev.headroom.model.training.BatchShape;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.SweepRow.Figures;
import dev.headroom.simulator.whatif.SweepRow.Status;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a sweep that differ in micro-batch and sequence length only. They share one resolved job and, analytically,
 * its formulas. Safe for use by several threads.
 */
final class SweepVariant {
    /** Fewer cells are not worth checking the formulas on more recordings. */
    private static final long CELLS_WORTH_A_CHECK = 256;

    private static final int CHECKED_INSIDE = 4;

    private final Reading reading;
    private final Status status;
    private final String message;
    private final @Nullable Cells cells;

    private SweepVariant(Reading reading, Status status, String message, @Nullable Cells cells) {
        this.reading = reading;
        this.status = status;
        this.message = message;
        this.cells = cells;
    }

    /** What cells with a job have in common. */
    private record Cells(
            JobSource source,
            FineTuningJob job,
            Workplace workplace,
            int batchColumn,
            int lengthColumn,
            boolean allAccepted,
            @Nullable Analytic analytic) {}

    /**
     * @param resolved the job
     * @param function its peak in b and s
     * @param trusted whether recordings elsewhere agreed with it
     */
    private record Analytic(ResolvedJob resolved, PeakFunction function, boolean trusted) {}

    /** Cells in which a key varies that means nothing to the method. */
    static SweepVariant notApplicable(JobKey key, JobSource job, Reading reading) {
        return new SweepVariant(
                reading,
                Status.NOT_APPLICABLE,
                "'%s' means nothing to method '%s'".formatted(key.path(), job.setting(JobKey.METHOD)),
                null);
    }

    /** The cells of a job. */
    static SweepVariant of(JobSource written, Sweep sweep, Catalogs catalogs) {
        List<Axis> axes = sweep.axes();
        JobSource source = written;
        int batchColumn = -1;
        int lengthColumn = -1;
        for (int i = 0; i < axes.size(); i++) {
            if (Sweep.isBatch(axes.get(i))) {
                boolean batch = axes.get(i).key().orElseThrow() == JobKey.MICRO_BATCH;
                batchColumn = batch ? i : batchColumn;
                lengthColumn = batch ? lengthColumn : i;
            }
        }
        for (int column : new int[] {batchColumn, lengthColumn}) {
            if (column >= 0) {
                source = source.with(axes.get(column).key().orElseThrow(), "1");
            }
        }
        try {
            FineTuningJob job = source.read();
            Workplace workplace = catalogs.workplace(source);
            Corners corners = Corners.of(sweep, batchColumn, lengthColumn, job.batch());
            boolean accepted = corners.accepted(job, workplace);
            Analytic analytic =
                    sweep.reading() == Reading.ANALYTIC ? analytic(job, workplace, corners, accepted) : null;
            return new SweepVariant(
                    sweep.reading(),
                    Status.OK,
                    "",
                    new Cells(source, job, workplace, batchColumn, lengthColumn, accepted, analytic));
        } catch (InputException e) {
            return refused(Outcome.problems(e), sweep.reading());
        } catch (RefusedJobException e) {
            return refused(e.problems(), sweep.reading());
        }
    }

    /** The least and largest micro-batch and sequence length of some cells, and how many cells there are. */
    private record Corners(Optional<Axis.Bounds> batches, Optional<Axis.Bounds> lengths, long cells) {
        static Corners of(Sweep sweep, int batchColumn, int lengthColumn, BatchShape fixed) {
            long cells = 1;
            for (Axis axis : sweep.axes()) {
                cells = Sweep.isBatch(axis) ? Math.multiplyExact(cells, axis.size()) : cells;
            }
            return new Corners(
                    bounds(sweep, batchColumn, fixed.microBatch()),
                    bounds(sweep, lengthColumn, fixed.sequenceLength()),
                    cells);
        }

        /** Ends of an axis; none if one of its values is no number. */
        private static Optional<Axis.Bounds> bounds(Sweep sweep, int column, int fixed) {
            return column < 0
                    ? Optional.of(new Axis.Bounds(fixed, fixed))
                    : sweep.axes().get(column).bounds();
        }

        Axis.Bounds batch() {
            return batches.orElse(new Axis.Bounds(1, 1));
        }

        Axis.Bounds length() {
            return lengths.orElse(new Axis.Bounds(1, 1));
        }

        /** Whether the job is accepted at both ends, and so between them: limits on sizes are ranges. */
        boolean accepted(FineTuningJob job, Workplace workplace) {
            if (batches.isEmpty() || lengths.isEmpty()) {
                return false;
            }
            try {
                workplace.resolve(at(job, batch().least(), length().least()));
                workplace.resolve(at(job, batch().most(), length().most()));
                return true;
            } catch (RefusedJobException e) {
                return false;
            }
        }
    }

    private static FineTuningJob at(FineTuningJob job, int b, int s) {
        return job.withBatch(new BatchShape(b, s, job.batch().padded()));
    }

    private static Analytic analytic(FineTuningJob job, Workplace workplace, Corners corners, boolean accepted) {
        ResolvedJob resolved = workplace.resolve(
                at(job, corners.batch().least(), corners.length().least()));
        PeakFunction function = MemoryModel.standard().peakFunction(resolved);
        boolean trusted = true;
        if (accepted && corners.cells() >= CELLS_WORTH_A_CHECK) {
            SplittableRandom random = new SplittableRandom(corners.cells());
            trusted = holdsAt(
                            function, corners.batch().least(), corners.length().most())
                    && holdsAt(
                            function, corners.batch().most(), corners.length().most());
            for (int i = 0; trusted && i < CHECKED_INSIDE; i++) {
                trusted = holdsAt(function, inside(random, corners.batch()), inside(random, corners.length()));
            }
        }
        return new Analytic(resolved, function, trusted);
    }

    private static boolean holdsAt(PeakFunction function, int b, int s) {
        try {
            return function.holdsAt(b, s);
        } catch (ArithmeticException | RefusedJobException e) {
            return true; // Such a cell gets its reason when its turn comes.
        }
    }

    private static int inside(SplittableRandom random, Axis.Bounds bounds) {
        return (int) random.nextLong(bounds.least(), bounds.most() + 1L);
    }

    private static SweepVariant refused(List<Problem> problems, Reading reading) {
        return new SweepVariant(reading, status(problems), message(problems), null);
    }

    private static Status status(List<Problem> problems) {
        return problems.stream().allMatch(problem -> problem.kind() == Problem.Kind.UNSUPPORTED)
                ? Status.UNSUPPORTED
                : Status.INVALID;
    }

    private static String message(List<Problem> problems) {
        return problems.stream()
                .map(problem -> problem.key() + ": " + problem.message())
                .collect(Collectors.joining("; "));
    }

    /** The cell of some values. */
    SweepRow row(List<String> values) {
        Cells all = cells;
        if (all == null) {
            return new SweepRow(values, reading, status, Optional.empty(), message);
        }
        try {
            return new SweepRow(values, reading, Status.OK, Optional.of(figures(all, values)), "");
        } catch (InputException e) {
            return failed(values, Outcome.problems(e));
        } catch (RefusedJobException e) {
            return failed(values, e.problems());
        }
    }

    private SweepRow failed(List<String> values, List<Problem> problems) {
        return new SweepRow(values, reading, status(problems), Optional.empty(), message(problems));
    }

    private static Figures figures(Cells all, List<String> values) {
        BatchShape fixed = all.job().batch();
        int b = number(all, JobKey.MICRO_BATCH, all.batchColumn(), values, fixed.microBatch());
        int s = number(all, JobKey.SEQUENCE_LENGTH, all.lengthColumn(), values, fixed.sequenceLength());
        Analytic analytic = all.analytic();
        if (!all.allAccepted() && analytic != null) {
            all.workplace().resolve(at(all.job(), b, s));
        }
        if (analytic == null) {
            return replayed(all.workplace().answers(at(all.job(), b, s)));
        }
        return Workplace.exact(new BatchShape(b, s, fixed.padded()), () -> analytic(all.workplace(), analytic, b, s));
    }

    private static int number(Cells all, JobKey key, int column, List<String> values, int fixed) {
        if (column < 0) {
            return fixed;
        }
        try {
            int number = Integer.parseInt(values.get(column));
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below with the words a job file gets.
        }
        FineTuningJob read = all.source().with(key, values.get(column)).read();
        return key == JobKey.MICRO_BATCH
                ? read.batch().microBatch()
                : read.batch().sequenceLength();
    }

    private static Figures replayed(MemoryAnswers answers) {
        long process = answers.process().count();
        Fit fit = answers.verdict()
                .map(MemoryEstimate.Verdict::fits)
                .map(fits -> fits ? Fit.YES : Fit.NO)
                .orElse(Fit.NOT_ASKED);
        return new Figures(
                answers.peakAllocated().count(),
                OptionalLong.of(answers.peakReserved().count()),
                process,
                process,
                fit);
    }

    private static Figures analytic(Workplace workplace, Analytic analytic, int b, int s) {
        PeakFormula formula = analytic.trusted()
                ? analytic.function().formulaAt(b, s)
                : MemoryModel.standard()
                        .peakFormula(analytic.resolved()
                                .withBatch(new BatchShape(
                                        b, s, analytic.resolved().job().batch().padded())));
        long requested = formula.at(b, s);
        long overhead = analytic.resolved().overhead().total(formula.kernels()).count();
        long atLeast = Math.addExact(requested, overhead);
        long atMost = Math.addExact(atLeast, Sweep.slack(requested, formula.loadedBytes()));
        Fit fit = workplace.gpu().isPresent()
                ? fit(available(analytic.resolved(), workplace, overhead), atLeast, atMost)
                : Fit.NOT_ASKED;
        return new Figures(requested, OptionalLong.empty(), atLeast, atMost, fit);
    }

    /** What the process may take: of the card, or of the share of it that PyTorch may hold. */
    private static long available(ResolvedJob job, Workplace workplace, long overhead) {
        OptionalDouble fraction = job.job().allocator().memoryFraction();
        long card = workplace.available();
        if (fraction.isEmpty()) {
            return card;
        }
        long memory = workplace.gpu().orElseThrow().memory().count();
        return Math.min(card, overhead + (long) (fraction.getAsDouble() * memory));
    }

    private static Fit fit(long available, long atLeast, long atMost) {
        return atLeast > available ? Fit.NO : atMost <= available ? Fit.YES : Fit.UNSURE;
    }
}
