package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.ExplainReport;
import dev.headroom.simulator.report.SegmentReport;
import dev.headroom.simulator.report.TimelineReport;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/** {@code headroom explain}: formulas, tensors and rules behind the bytes of the peak. */
final class ExplainCommand extends JobCommand {
    private static final String SEGMENTS = "--segments";
    private static final String TIMELINE = "--timeline";

    ExplainCommand(InputStream standardInput) {
        super(
                standardInput,
                "explain",
                "Shows what is alive at the peak, each row with its formula and the rule behind it.",
                "  headroom explain --model llama-3.1-8b --seq 2048",
                "  headroom explain job.yaml savedActivations");
        exitCodes(spec(), "0:done");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        spec().addPositional(argument(1, "ROW", "The one row to explain, such as savedActivations."));
        spec().addOption(OptionSpec.builder(SEGMENTS)
                .description("Show the allocator's segments at the peak, and what is in them.")
                .build());
        spec().addOption(OptionSpec.builder(TIMELINE)
                .description("Show memory over the course of a training step.")
                .build());
        JobOptions.addTo(spec(), Set.of());
        addOutputOptions(spec());
    }

    @Override
    int run() {
        List<String> arguments = arguments();
        Optional<String> file = arguments.stream().findFirst();
        Optional<String> row = arguments.stream().skip(1).findFirst();
        if (arguments.size() == 1 && !isFile(arguments.get(0))) {
            row = file;
            file = Optional.empty();
        }
        JobSource source = source(file);
        Workplace workplace = workplace(source);
        try {
            if (given().hasMatchedOption(SEGMENTS)) {
                show(segments(workplace, source, row));
            } else if (given().hasMatchedOption(TIMELINE)) {
                show(timeline(workplace, source, row));
            } else {
                show(explain(workplace.estimate(source.read()), row));
            }
            return 0;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private static SegmentReport segments(Workplace workplace, JobSource source, Optional<String> row) {
        if (row.isPresent()) {
            throw new InputException(
                    Place.of("ROW"), "'%s' has no map of segments".formatted(row.get()), "Leave the row out.");
        }
        ResolvedJob job = workplace.resolve(source.read());
        return new SegmentReport(job, MemoryModel.standard().segmentMap(job));
    }

    private static TimelineReport timeline(Workplace workplace, JobSource source, Optional<String> row) {
        if (row.isPresent()) {
            throw new InputException(
                    Place.of("ROW"), "'%s' has no timeline".formatted(row.get()), "Leave the row out.");
        }
        FineTuningJob job = source.read();
        return new TimelineReport(workplace.resolve(job), workplace.timeline(job));
    }

    private static ExplainReport explain(MemoryEstimate estimate, Optional<String> row) {
        if (row.isEmpty()) {
            return ExplainReport.of(estimate);
        }
        return ExplainReport.of(estimate, row.get()).orElseThrow(() -> {
            List<String> known = List.copyOf(ExplainReport.rows(estimate).keySet());
            List<String> categories =
                    known.stream().filter(name -> name.indexOf('/') < 0).toList();
            String near = NearestWord.hint(row.get(), known);
            return new InputException(
                    Place.of("ROW"),
                    "no row '%s' at the peak of this job".formatted(row.get()),
                    (near.isEmpty() ? "" : near + " ") + "Rows: " + String.join(", ", categories) + ".");
        });
    }

    /** Whether the only argument is a job file, and not a row. */
    private static boolean isFile(String argument) {
        String lower = argument.toLowerCase(Locale.ROOT);
        return argument.equals(JobFile.STANDARD_INPUT)
                || lower.endsWith(".yaml")
                || lower.endsWith(".yml")
                || lower.endsWith(".json")
                || Files.isRegularFile(Path.of(argument));
    }
}
