package dev.headroom.simulator.cli;

import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.CrossoverReport;
import dev.headroom.simulator.report.MaximumReport;
import dev.headroom.simulator.report.SmallestGpuReport;
import dev.headroom.simulator.whatif.Solver;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/** {@code headroom solve}: the most that fits, the least that is needed, the length at which a saving ends. */
final class SolveCommand extends JobCommand {
    private static final String MAX = "--max";
    private static final String SMALLEST = "--smallest-gpu";
    private static final String GPUS = "--gpus";
    private static final String CROSSOVER = "--crossover";
    private static final String BELOW = "--below";
    private static final String UP_TO = "--up-to";
    private static final List<String> KEYS = List.of("seq", "batch", "rank");
    private static final int LONGEST = 131_072;

    SolveCommand(InputStream standardInput) {
        super(
                standardInput,
                "solve",
                "Finds the most that fits a card, the smallest card, or the length at which a saving ends.",
                "  headroom solve --model llama-3.1-8b --max seq --gpu a100-80gb --reserve 2GiB",
                "  headroom solve --model llama-3.1-8b --seq 4096 --smallest-gpu",
                "  headroom solve --model tinyllama-1.1b --attention eager --crossover full --below 0.1");
        exitCodes(spec(), "0:done", "3:nothing fits");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        spec().addOption(option(MAX, "KEY", "Find the largest seq, batch or rank that fits the card of --gpu."));
        spec().addOption(OptionSpec.builder(SMALLEST)
                .type(boolean.class)
                .description("Find the card with the least memory that the job fits.")
                .build());
        spec().addOption(option(GPUS, "LIST", "Cards to choose the smallest from. Default: all of the catalog."));
        spec().addOption(option(
                CROSSOVER, "METHOD", "Find the length at which the job's saving over METHOD falls below a share."));
        spec().addOption(option(BELOW, "SHARE", "That share, of allocated memory, such as 10%%. Default: 10%%."));
        spec().addOption(option(UP_TO, "N", "The longest length to look at. Default: " + LONGEST + "."));
        JobOptions.addTo(spec(), Set.of());
        addOutputOptions(spec());
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        long asked = List.of(MAX, SMALLEST, CROSSOVER).stream()
                .filter(option -> given().hasMatchedOption(option))
                .count();
        if (asked != 1) {
            throw new InputException(
                    Place.of("solve"),
                    asked == 0 ? "solve for what?" : "one question at a time",
                    "Give one of --max seq|batch|rank, --smallest-gpu, --crossover METHOD.");
        }
        try {
            Solver solver = new Solver(catalogs());
            if (given().hasMatchedOption(MAX)) {
                return maximum(solver, source);
            }
            return given().hasMatchedOption(SMALLEST) ? smallest(solver, source) : crossover(solver, source);
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private int maximum(Solver solver, JobSource source) {
        String word = value(MAX).orElseThrow();
        JobKey key = switch (word) {
            case "seq", "sequenceLength" -> JobKey.SEQUENCE_LENGTH;
            case "batch", "microBatch" -> JobKey.MICRO_BATCH;
            case "rank", "method.rank" -> JobKey.RANK;
            default -> throw unknownWord(MAX, word, KEYS);
        };
        Solver.Maximum maximum = solver.largest(source, key);
        String gpu = catalogs().gpu(source.gpuName().orElseThrow()).id();
        show(new MaximumReport(gpu, maximum));
        return maximum.value().isPresent() ? 0 : Failures.DOES_NOT_FIT;
    }

    private int smallest(Solver solver, JobSource source) {
        Solver.SmallestGpu answer = solver.smallestGpu(
                source,
                value(GPUS)
                        .map(list -> catalogs().gpus(Scalar.ofOption(GPUS, list)))
                        .orElseGet(catalogs()::gpus));
        show(new SmallestGpuReport(answer));
        return answer.gpu().isPresent() ? 0 : Failures.DOES_NOT_FIT;
    }

    private int crossover(Solver solver, JobSource source) {
        Scalar method = Scalar.ofOption(CROSSOVER, value(CROSSOVER).orElseThrow());
        JobSource baseline = source.withMethod(method);
        Solver.Crossover crossover = solver.crossover(source, baseline, share(), upTo());
        show(new CrossoverReport(source.setting(JobKey.METHOD), method.text(), crossover));
        return 0;
    }

    private double share() {
        String text = value(BELOW).orElse("10%").strip();
        boolean percent = text.endsWith("%");
        try {
            double number = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
            double share = percent ? number / 100 : number;
            if (share > 0 && share < 1) {
                return share;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a share of nothing is.
        }
        throw new InputException(
                Place.of(BELOW), "must be a share above 0 and below 1, found '%s'".formatted(text), "Maybe 0.1?");
    }

    private int upTo() {
        String text = value(UP_TO).orElse(Integer.toString(LONGEST));
        try {
            int longest = Integer.parseInt(text);
            if (longest >= 1) {
                return longest;
            }
        } catch (NumberFormatException e) {
            // Refused below, as a negative number is.
        }
        throw new InputException(Place.of(UP_TO), "must be a whole number of at least 1, found '%s'".formatted(text));
    }
}
