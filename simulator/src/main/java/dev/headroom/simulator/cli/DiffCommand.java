package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.report.DiffReport;
import dev.headroom.simulator.whatif.JobDiff;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code headroom diff}: two jobs row by row. */
final class DiffCommand extends JobCommand {
    private static final String WITH = "--with";

    DiffCommand(InputStream standardInput) {
        super(
                standardInput,
                "diff",
                "Compares two jobs row by row, the biggest change first: what the first takes more than the second.",
                "  headroom diff job.yaml other.yaml",
                "  headroom diff --model llama-3.1-8b --seq 4096 --with '--checkpointing non-reentrant'");
        exitCodes(spec(), "0:done");
        spec().addPositional(argument(0, "JOB", "The first job's file, YAML or JSON; - reads stdin."));
        spec().addPositional(argument(1, "OTHER", "The second job's file. Default: the first job."));
        spec().addOption(
                        option(WITH, "OPTIONS", "Options of the second job alone, as one word: '--rank 8 --batch 2'."));
        JobOptions.addTo(spec(), Set.of());
        addOutputOptions(spec());
    }

    @Override
    int run() {
        List<String> files = arguments();
        JobSource first = source(files.stream().findFirst());
        JobSource second = changed(source(Optional.of(files.size() > 1 ? files.get(1) : "")
                .filter(name -> !name.isEmpty())
                .or(() -> files.stream().findFirst())));
        if (files.size() < 2 && value(WITH).isEmpty()) {
            throw new InputException(
                    Place.of("diff"),
                    "there is only one job",
                    "Name a second file, or say what differs: --with '--batch 2'.");
        }
        Problems problems = new Problems();
        Optional<MemoryEstimate> before = attempt(problems, first, () -> estimate(first));
        Optional<MemoryEstimate> after = attempt(problems, second, () -> estimate(second));
        problems.throwIfAny();
        show(new DiffReport(JobDiff.of(first, before.orElseThrow(), second, after.orElseThrow())));
        return 0;
    }

    private MemoryEstimate estimate(JobSource source) {
        return workplace(source).estimate(source.read());
    }

    private static Optional<MemoryEstimate> attempt(
            Problems problems, JobSource source, Supplier<MemoryEstimate> estimate) {
        try {
            return Optional.of(estimate.get());
        } catch (InputException e) {
            problems.addAll(e);
        } catch (RefusedJobException e) {
            problems.addAll(refusal(source, e));
        }
        return Optional.empty();
    }

    /** The second job with its own options. */
    private JobSource changed(JobSource source) {
        Optional<String> options = value(WITH);
        if (options.isEmpty()) {
            return source;
        }
        CommandSpec other = CommandSpec.create().name("diff --with");
        JobOptions.addTo(other, Set.of());
        CommandLine line = new CommandLine(other).setErr(spec().commandLine().getErr());
        try {
            return JobOptions.apply(line.parseArgs(options.get().strip().split("\\s+", -1)), source);
        } catch (ParameterException e) {
            throw new InputException(Place.of(WITH), String.valueOf(e.getMessage()));
        }
    }
}
