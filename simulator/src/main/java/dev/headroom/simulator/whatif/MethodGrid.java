package dev.headroom.simulator.whatif;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A job by several methods at several lengths, from how it was written.
 *
 * @param job the job that is varied, by the first method that has rules
 * @param workplace where all of them run
 * @param comparison the grid
 */
public record MethodGrid(FineTuningJob job, Workplace workplace, Comparison comparison) {
    /**
     * What varies.
     *
     * @param methods names of the methods, at least one
     * @param methodsName what they were given by, such as {@code --methods}
     * @param lengths sequence lengths, at least one
     * @param lengthsName what they were given by, such as {@code --seqs}
     */
    public record Axes(List<String> methods, String methodsName, List<Integer> lengths, String lengthsName) {
        public Axes {
            methods = List.copyOf(methods);
            lengths = List.copyOf(lengths);
            if (methods.isEmpty() || lengths.isEmpty()) {
                throw new IllegalArgumentException(
                        "methods (%s) and lengths (%s) must not be empty".formatted(methods, lengths));
            }
        }
    }

    /**
     * Computes the grid.
     *
     * @param source the job; its own method and length give way
     * @param surroundings finds model and card
     * @throws InputException if the job makes no sense by any method
     */
    public static MethodGrid of(JobSource source, Axes axes, Function<JobSource, Optional<Workplace>> surroundings) {
        JobSource atFirstLength = source.with(
                JobKey.SEQUENCE_LENGTH,
                Scalar.ofOption(
                        axes.lengthsName(), Integer.toString(axes.lengths().get(0))));
        List<JobSource> sources = new ArrayList<>();
        for (String method : axes.methods()) {
            sources.add(atFirstLength.withMethod(Scalar.ofOption(axes.methodsName(), method)));
        }
        JobSource first = sources.get(0);
        Workplace workplace = workplace(sources, surroundings);
        List<Contender> contenders = sources.stream().map(MethodGrid::contender).toList();
        FineTuningJob job = contenders.stream()
                .flatMap(contender -> contender.job().stream())
                .findFirst()
                .orElseGet(first::read); // which says why there is none
        Comparison comparison = Comparison.of(contenders, axes.lengths(), workplace);
        if (comparison.cells().stream().allMatch(Cell::isInvalid)) {
            throw first.refused(comparison.cells().get(0).problems());
        }
        return new MethodGrid(job, workplace, comparison);
    }

    /** Model and card, which the jobs of all methods share; or every mistake of them all, once. */
    private static Workplace workplace(List<JobSource> sources, Function<JobSource, Optional<Workplace>> surroundings) {
        Set<String> seen = new LinkedHashSet<>();
        List<InputProblem> problems = new ArrayList<>();
        for (JobSource source : sources) {
            try {
                source.read();
            } catch (InputException e) {
                if (!e.isUnsupported()) {
                    e.problems().stream()
                            .filter(problem -> seen.add(problem.toString()))
                            .forEach(problems::add);
                }
            }
        }
        Optional<Workplace> workplace = Optional.empty();
        try {
            workplace = surroundings.apply(sources.get(0));
        } catch (InputException e) {
            problems.addAll(e.problems());
        }
        return workplace.filter(found -> problems.isEmpty()).orElseThrow(() -> new InputException(problems));
    }

    /** A method with its job, or with the rules it lacks. */
    private static Contender contender(JobSource source) {
        String method = source.method();
        try {
            return Contender.of(source.read());
        } catch (InputException e) {
            List<Problem> problems = e.problems().stream()
                    .map(problem -> Problem.unsupported("method.name", problem.message()))
                    .toList();
            return Contender.without(method, problems);
        }
    }
}
