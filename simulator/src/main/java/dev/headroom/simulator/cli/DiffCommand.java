package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.report.DiffReport;
import dev.headroom.simulator.whatif.Axis;
import dev.headroom.simulator.whatif.JobDiff;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** {@code headroom diff}: two jobs row by row. */
final class DiffCommand extends JobCommand {
    private static final String WITH = "--with";

    DiffCommand(InputStream standardInput) {
        super(
                standardInput,
                "diff",
                "Compares two jobs row by row, the biggest change first: what the first takes more than the second.",
                "  headroom diff job.yaml other.yaml",
                "  headroom diff --model llama-3.1-8b --seq 4096 --with checkpointing=non-reentrant");
        exitCodes(spec(), "0:done");
        spec().addPositional(argument(0, "JOB", "The first job's file, YAML or JSON; - reads stdin."));
        spec().addPositional(argument(1, "OTHER", "The second job's file. Default: the first job."));
        spec().addOption(repeatable(
                WITH, "KEY=VALUE", "A value of the second job alone, such as rank=8. May be repeated."));
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
        if (files.size() < 2 && values(WITH).isEmpty()) {
            throw new InputException(
                    Place.of("diff"),
                    "there is only one job",
                    "Name a second file, or say what differs: --with batch=2.");
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
            problems.addAll(source.refused(e));
        }
        return Optional.empty();
    }

    /** The second job with its own values. */
    private JobSource changed(JobSource source) {
        Problems problems = new Problems();
        JobSource changed = source;
        for (String value : values(WITH)) {
            int equals = value.indexOf('=');
            String name = equals < 0 ? value : value.substring(0, equals);
            Place place = Place.of(WITH);
            Optional<JobKey> key = Axis.keyNamed(name);
            if (equals < 0) {
                problems.invalid(place, "'%s' has no value".formatted(value), "Write KEY=VALUE.");
            } else if (name.equals(Axis.GPU)) {
                changed = changed.withGpu(Scalar.ofOption(WITH, value.substring(equals + 1)));
            } else if (key.isPresent()) {
                Scalar written = Scalar.ofOption(WITH, value.substring(equals + 1));
                changed = key.get() == JobKey.METHOD ? changed.withMethod(written) : changed.with(key.get(), written);
            } else {
                problems.invalid(place, "unknown key '%s'".formatted(name), NearestWord.hint(name, Axis.keyNames()));
            }
        }
        problems.throwIfAny();
        return changed;
    }
}
