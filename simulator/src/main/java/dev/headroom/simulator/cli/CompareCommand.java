package dev.headroom.simulator.cli;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.CompareReport;
import dev.headroom.simulator.whatif.Cell;
import dev.headroom.simulator.whatif.Comparison;
import dev.headroom.simulator.whatif.Contender;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code headroom compare}: methods against sequence lengths. */
final class CompareCommand extends JobCommand {
    private static final String METHODS = "--methods";
    private static final String LENGTHS = "--seqs";
    private static final String STANDARD_METHODS = "full,lora";

    CompareCommand(InputStream standardInput) {
        super(
                standardInput,
                "compare",
                "Compares methods at several sequence lengths: memory, what it is made of, what LoRA saves, and why.",
                "  headroom compare --model tinyllama-1.1b --seqs 512,1024,2048 --gpu a100-80gb",
                "  headroom compare job.yaml --seqs 512..4096..512 --format csv -o table.csv");
        exitCodes(spec(), "0:done, whatever fits or is unsupported");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        spec().addOption(option(METHODS, "LIST", "Methods to compare. Default: " + STANDARD_METHODS + "."));
        spec().addOption(option(
                LENGTHS, "LIST", "Sequence lengths: a,b,c or from..to or from..to..step. Default: the job's."));
        JobOptions.addTo(spec(), Set.of(JobKey.METHOD, JobKey.SEQUENCE_LENGTH));
        addOutputOptions(spec());
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        Optional<String> range = value(LENGTHS);
        List<Integer> lengths =
                range.map(text -> NumberList.parse(LENGTHS, text)).orElse(List.of());
        if (!lengths.isEmpty()) {
            source = source.with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption(LENGTHS, Integer.toString(lengths.get(0))));
        } else if (!source.has(JobKey.SEQUENCE_LENGTH)) {
            throw new InputException(
                    Place.of(LENGTHS), "is missing: at which sequence lengths?", "Maybe --seqs 512,1024,2048?");
        }
        List<JobSource> sources = new ArrayList<>();
        for (String method : methods()) {
            sources.add(source.withMethod(Scalar.ofOption(METHODS, method)));
        }
        JobSource first = sources.get(0);
        Workplace workplace = workplace(sources);
        List<Contender> contenders =
                sources.stream().map(CompareCommand::contender).toList();
        FineTuningJob job = contenders.stream()
                .flatMap(contender -> contender.job().stream())
                .findFirst()
                .orElseGet(first::read); // which says why there is none
        List<Integer> all = lengths.isEmpty() ? List.of(job.batch().sequenceLength()) : lengths;
        Comparison comparison = Comparison.of(contenders, all, workplace);
        if (comparison.cells().stream().allMatch(Cell::isInvalid)) {
            throw refusal(first, comparison.cells().get(0).problems());
        }
        show(new CompareReport(job, comparison));
        return 0;
    }

    private Set<String> methods() {
        Set<String> methods = new LinkedHashSet<>();
        for (String method : value(METHODS).orElse(STANDARD_METHODS).split(",", -1)) {
            methods.add(method.strip());
        }
        return methods;
    }

    /** Model and card, which the jobs of all methods share; or every mistake of them all, once. */
    private Workplace workplace(List<JobSource> sources) {
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
            workplace = catalogs().surroundings(sources.get(0));
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
