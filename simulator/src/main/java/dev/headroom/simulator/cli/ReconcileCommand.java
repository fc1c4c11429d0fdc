package dev.headroom.simulator.cli;

import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobReader;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.measured.MeasuredFiles;
import dev.headroom.simulator.measured.MeasuredRun;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.measured.Reconciler;
import dev.headroom.simulator.measured.Reconciliation;
import dev.headroom.simulator.measured.Selection;
import dev.headroom.simulator.report.ReconciliationReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code headroom reconcile}. */
final class ReconcileCommand extends ReportCommand {
    private static final String KIND = "--kind";
    private static final String METHOD = "--method";
    private static final String OPTIMIZER = "--optimizer";
    private static final String WORST = "--worst";
    private static final int WORST_ROWS = 5;
    private static final int MOST_INVALID_ROWS = 20;

    private final InputStream standardInput;

    ReconcileCommand(InputStream standardInput) {
        super(
                "reconcile",
                "Compares predictions with measured runs: errors by group and row, the worst rows last.",
                "  headroom reconcile data/measured/pytorch-h200.jsonl",
                "  headroom reconcile runs.jsonl --method lora --format csv -o errors.csv");
        this.standardInput = standardInput;
        exitCodes(
                spec(),
                "0:done; rows that need a missing rule are listed",
                "2:wrong usage, or rows that make no sense (the others are compared all the same)");
        spec().addPositional(PositionalParamSpec.builder()
                .arity("1..*")
                .required(true)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("FILE")
                .description("Records (.jsonl), published runs (.csv), directories of them, or - for stdin.")
                .build());
        spec().addOption(option(KIND, "LIST", "Only rows of these kinds of architecture, such as llama,qwen2."));
        spec().addOption(option(METHOD, "LIST", "Only rows of these methods."));
        spec().addOption(option(OPTIMIZER, "LIST", "Only rows of these optimizers."));
        spec().addOption(option(
                WORST, "N", "How many of the worst rows to show, by reserved and by allocated bytes. Default: 5."));
        spec().addOption(JobOptions.calibration());
        addOutputOptions(spec());
    }

    @Override
    public Integer call() throws IOException {
        checkOutputOptions();
        Selection selection = new Selection(
                words(KIND, ReconcileCommand::kinds),
                words(METHOD, () -> with(JobKey.METHOD.words(), JobReader.METHODS_WITHOUT_RULES)),
                words(OPTIMIZER, () -> with(JobKey.OPTIMIZER.words(), JobReader.OPTIMIZERS_WITHOUT_RULES)));
        int worst = worst();
        List<ProcessOverhead> calibrated = JobOptions.calibrated(given());
        List<MeasuredRun> runs = MeasuredFiles.read(arguments(), standardInput);
        Reconciliation reconciliation = Reconciler.calibrated(calibrated).reconcile(runs, selection);
        if (reconciliation.rows().isEmpty()) {
            throw new InputException(
                    Place.of(String.join(", ", arguments())), "no row is left by --kind, --method and --optimizer");
        }
        show(new ReconciliationReport(reconciliation, worst));
        JobOptions.mention(calibrated, spec().commandLine().getErr());
        return report(reconciliation.rows(Status.INVALID));
    }

    private Set<String> words(String option, Supplier<List<String>> known) {
        Optional<String> list = value(option);
        if (list.isEmpty()) {
            return Set.of();
        }
        Set<String> words = Set.copyOf(List.of(list.get().split(",", -1)));
        List<String> allowed = known.get();
        for (String word : words) {
            if (!allowed.contains(word)) {
                throw unknownWord(option, word, allowed);
            }
        }
        return words;
    }

    private static List<String> kinds() {
        return new ModelCatalog()
                .all().stream()
                        .map(entry -> entry.architecture().modelType())
                        .distinct()
                        .sorted()
                        .toList();
    }

    private static List<String> with(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    private int worst() {
        String number = value(WORST).orElse(Integer.toString(WORST_ROWS));
        try {
            int worst = Integer.parseInt(number);
            if (worst >= 0) {
                return worst;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a negative number is.
        }
        throw new InputException(Place.of(WORST), "must be a whole number of at least 0, found '%s'".formatted(number));
    }

    /** Says what is wrong with the rows that make no sense. */
    private int report(List<ReconciledRun> invalid) {
        PrintWriter err = spec().commandLine().getErr();
        invalid.stream()
                .limit(MOST_INVALID_ROWS)
                .flatMap(row -> row.problems().stream())
                .forEach(err::println);
        if (invalid.size() > MOST_INVALID_ROWS) {
            err.printf(Locale.ROOT, "and %d more rows that make no sense%n", invalid.size() - MOST_INVALID_ROWS);
        }
        err.flush();
        return invalid.isEmpty() ? 0 : Failures.USAGE;
    }
}
