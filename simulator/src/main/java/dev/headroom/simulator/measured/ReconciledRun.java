package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.input.InputProblem;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One row: what was predicted beside what was measured.
 *
 * @param run the row
 * @param estimate what the model says; empty if it could not be asked
 * @param predicted its figures; none if it could not be asked
 * @param census the tensors saved for backward, if they were counted and predicted
 * @param problems why not; empty if it was
 */
public record ReconciledRun(
        MeasuredRun run,
        Optional<MemoryEstimate> estimate,
        RunFigures predicted,
        Optional<SavedTensorCensus> census,
        List<InputProblem> problems) {
    public ReconciledRun {
        problems = List.copyOf(problems);
        if (estimate.isPresent() != problems.isEmpty()) {
            throw new IllegalArgumentException("a row is either predicted or has problems: %s".formatted(problems));
        }
    }

    static ReconciledRun predicted(MeasuredRun run, MemoryEstimate estimate, Optional<SavedTensorCensus> census) {
        RunFigures figures = RunFigures.of(estimate);
        RunFigures limited = run.deviceLimit().isPresent()
                ? figures.withDeviceLimit(run.deviceLimit().getAsLong())
                : figures;
        return new ReconciledRun(run, Optional.of(estimate), limited, census, List.of());
    }

    static ReconciledRun refused(MeasuredRun run, List<InputProblem> problems) {
        return new ReconciledRun(run, Optional.empty(), RunFigures.NONE, Optional.empty(), problems);
    }

    /** What became of a row. */
    public enum Status {
        /** It was predicted. */
        OK,
        /** A rule is missing. */
        UNSUPPORTED,
        /** The row, or the job in it, makes no sense. */
        INVALID;

        /** The word used in output. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Status status() {
        if (problems.isEmpty()) {
            return Status.OK;
        }
        return problems.stream().allMatch(problem -> problem.kind() == InputProblem.Kind.UNSUPPORTED)
                ? Status.UNSUPPORTED
                : Status.INVALID;
    }

    /** Every problem; where it was written, if the row is invalid. If it was predicted, what had to be assumed. */
    public String message() {
        if (problems.isEmpty() && !run.assumptions().isEmpty()) {
            return "assumed: " + String.join("; ", run.assumptions());
        }
        return problems.stream()
                .map(status() == Status.UNSUPPORTED ? InputProblem::message : InputProblem::toString)
                .collect(Collectors.joining("; "))
                .replace("\n", ". ");
    }

    /** What was measured. */
    public RunFigures measured() {
        return run.figures();
    }

    /** Predicted and measured value of one of the three answers; empty if the row was not predicted, or ran out of memory. */
    public Optional<Comparison> comparison(Answer answer) {
        return Comparison.of(predicted.answer(answer), measured().answer(answer));
    }

    /** Live bytes at the peak by category, of those that were measured. */
    public Map<Category, Comparison> categories() {
        Map<Category, Comparison> categories = new EnumMap<>(Category.class);
        if (!problems.isEmpty() || measured().outOfMemory().orElse(false)) {
            return categories;
        }
        Map<Category, Long> known = measured().categories();
        predicted.categories().forEach((category, bytes) -> {
            long found = known.getOrDefault(category, 0L);
            if (!known.isEmpty() && (bytes != 0 || found != 0)) {
                categories.put(category, new Comparison(bytes, found));
            }
        });
        return categories;
    }

    /** Bytes allocated before the first step. */
    public Optional<Comparison> afterLoad() {
        return Comparison.of(predicted.afterLoad(), measured().afterLoad());
    }

    /** The figures around the phases of each step, in order of steps and figures. */
    public List<Map<Figure, Comparison>> steps() {
        List<Map<Figure, Comparison>> steps = new ArrayList<>();
        int count = Math.min(predicted.steps().size(), measured().steps().size());
        for (int i = 0; i < count; i++) {
            Map<Figure, Long> predictedStep = predicted.steps().get(i);
            Map<Figure, Comparison> step = new EnumMap<>(Figure.class);
            measured()
                    .steps()
                    .get(i)
                    .forEach((figure, bytes) -> Comparison.of(
                                    Optional.ofNullable(predictedStep.get(figure)), Optional.of(bytes))
                            .ifPresent(comparison -> step.put(figure, comparison)));
            steps.add(step);
        }
        return steps;
    }

    /** Whether the out-of-memory verdict agrees with what happened; empty if either is unknown. */
    public Optional<Boolean> outOfMemoryRight() {
        return predicted.outOfMemory().flatMap(says -> measured().outOfMemory().map(says::equals));
    }
}
