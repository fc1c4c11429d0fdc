package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.report.SweepText;
import dev.headroom.simulator.whatif.Axis;
import dev.headroom.simulator.whatif.Filter;
import dev.headroom.simulator.whatif.Reading;
import dev.headroom.simulator.whatif.Sweep;
import dev.headroom.simulator.whatif.SweepFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.Model.OptionSpec;

/** {@code headroom sweep}: every combination of some values, a row each, streamed. */
final class SweepCommand extends JobCommand {
    private static final String VARY = "--vary";
    private static final String WHERE = "--where";
    private static final String READING = "--reading";
    private static final String PROGRESS = "--progress";
    private static final String CSV = "csv";
    private static final List<String> FORMATS = List.of(CSV, "jsonl");

    SweepCommand(InputStream standardInput) {
        super(
                standardInput,
                "sweep",
                "Computes every combination of some values: a row each, streamed on all cores.",
                "  headroom sweep --model llama-3.1-8b --seqs 128..8192..128 --batches 1,2,4,8 --gpu a100-80gb",
                "  headroom sweep sweep.yaml --reading replay --format jsonl -o rows.jsonl");
        exitCodes(spec(), "0:done, whatever fits or is unsupported");
        spec().addPositional(argument(
                0,
                "FILE",
                "Sweep file (axes, where, reading) or job file, YAML or JSON; - reads stdin. Options win over it."));
        JobOptions.addRangesTo(spec());
        spec().addOption(repeatable(
                VARY,
                "KEY=LIST",
                "Lets any key of a job vary, such as paddedBatch=false,true. Values with commas are parted by ;"));
        spec().addOption(repeatable(
                WHERE, "CONDITION", "Only rows that meet it, such as 'batch * seq <= 16384'. May be repeated."));
        spec().addOption(option(
                READING,
                "KIND",
                "analytic (microseconds; reserved memory within bounds) or replay (exact). Default: analytic."));
        spec().addOption(option(FORMAT, "FORMAT", "How rows are written: csv or jsonl. Default: csv."));
        spec().addOption(OptionSpec.builder("-o", OUTPUT)
                .type(String.class)
                .paramLabel("FILE")
                .description("Write the rows there instead of to stdout.")
                .build());
        spec().addOption(OptionSpec.builder(PROGRESS)
                .type(boolean.class)
                .description("Show progress on stderr even if it is no terminal.")
                .build());
    }

    @Override
    void checkOutputOptions() {
        word(FORMAT, CSV, word -> Optional.of(word).filter(FORMATS::contains), FORMATS);
        word(READING, Reading.ANALYTIC, Reading::parse, Reading.words());
        if (value(OUTPUT).filter(String::isBlank).isPresent()) {
            throw new InputException(Place.of(OUTPUT), "needs the name of a file");
        }
    }

    @Override
    int run() {
        Sweep sweep = sweep();
        boolean json = !word(FORMAT, CSV, Optional::of, FORMATS).equals(CSV);
        SweepText text = json ? SweepText.jsonLines(sweep.axes()) : SweepText.csv(sweep.axes());
        ProgressLine progress = new ProgressLine(
                spec().commandLine().getErr(), isTerminal(), given().hasMatchedOption(PROGRESS), System::nanoTime);
        Optional<String> file = file();
        if (file.isEmpty()) {
            PrintWriter out = spec().commandLine().getOut();
            write(sweep, text, progress, bytes -> out.print(new String(bytes, StandardCharsets.UTF_8)));
            out.flush();
        } else {
            writeFile(file.get(), sweep, text, progress);
        }
        JobOptions.mention(catalogs().calibrated(), spec().commandLine().getErr());
        return 0;
    }

    private static void writeFile(String name, Sweep sweep, SweepText text, ProgressLine progress) {
        try (OutputStream out = Files.newOutputStream(Path.of(name))) {
            write(sweep, text, progress, bytes -> {
                try {
                    out.write(bytes);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (InvalidPathException e) {
            throw new InputException(Place.of(name), "is no name of a file: " + e.getReason());
        } catch (UncheckedIOException e) {
            throw unwritable(name, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw unwritable(name, e);
        }
    }

    private static InputException unwritable(String name, IOException failure) {
        return new InputException(Place.of(name), "cannot be written: " + reason(Path.of(name), failure));
    }

    private static void write(Sweep sweep, SweepText text, ProgressLine progress, Consumer<byte[]> sink) {
        sink.accept(text.header());
        sweep.run(text::rows, sink, progress);
        progress.end();
    }

    /** The sweep of file and options, once nothing is wrong with either. */
    private Sweep sweep() {
        Problems problems = new Problems();
        SweepFile file = arguments().stream()
                .findFirst()
                .map(name -> SweepFile.read(name, standardInput()))
                .orElseGet(() -> new SweepFile(JobSource.empty(), List.of(), List.of(), Optional.empty()));
        JobSource base = file.base();
        List<Axis> axes = new ArrayList<>();
        List<Filter> filters = new ArrayList<>(file.filters());
        for (JobKey key : JobKey.values()) {
            if (given().hasMatchedOption(key.option())) {
                Scalar value = Scalar.ofOption(
                        key.option(), String.valueOf((Object) given().matchedOptionValue(key.option(), "")));
                if (varies(key, value.text())) {
                    add(axes, problems, value.place(), () -> Axis.parse(Optional.of(key), value.text(), value.place()));
                } else {
                    base = key == JobKey.METHOD ? base.withMethod(value) : base.with(key, value);
                }
            }
        }
        Optional<String> gpus = value(JobOptions.GPU_OPTION);
        if (gpus.isPresent()) {
            Place place = Place.of(JobOptions.GPU_OPTION);
            if (Axis.isSeveral(gpus.get())) {
                add(axes, problems, place, () -> Axis.parse(Optional.empty(), gpus.get(), place));
            } else {
                base = base.withGpu(Scalar.ofOption(JobOptions.GPU_OPTION, gpus.get()));
            }
        }
        Optional<String> reserve = value(JobOptions.RESERVE_OPTION);
        if (reserve.isPresent()) {
            base = base.withReserve(Scalar.ofOption(JobOptions.RESERVE_OPTION, reserve.get()));
        }
        for (String varied : values(VARY)) {
            add(axes, problems, Place.of(VARY), () -> varied(varied));
        }
        for (String condition : values(WHERE)) {
            try {
                filters.add(Filter.parse(condition, Place.of(WHERE)));
            } catch (InputException e) {
                problems.addAll(e);
            }
        }
        return checked(base, file, axes, filters, problems);
    }

    private interface AxisReader {
        Axis read();
    }

    private static void add(List<Axis> axes, Problems problems, Place place, AxisReader reader) {
        try {
            Axis axis = reader.read();
            if (axes.stream().anyMatch(known -> known.name().equals(axis.name()))) {
                problems.invalid(place, "'%s' varies already".formatted(axis.name()));
            } else {
                axes.add(axis);
            }
        } catch (InputException e) {
            problems.addAll(e);
        }
    }

    private static Axis varied(String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text.strip() : text.substring(0, equals).strip();
        Place place = Place.of(VARY);
        if (name.equals(Axis.GPU) && equals > 0) {
            return Axis.parse(Optional.empty(), text.substring(equals + 1), place);
        }
        Optional<JobKey> key = Axis.keyNamed(name);
        if (key.isEmpty()) {
            throw new InputException(
                    place, "unknown key '%s'".formatted(name), NearestWord.hint(name, Axis.keyNames()));
        }
        if (equals < 0) {
            throw new InputException(place, "'%s' has no values".formatted(text), "Write KEY=a,b,c or KEY=from..to.");
        }
        return Axis.parse(key, text.substring(equals + 1), place);
    }

    /** Whether a value is several; a list of layers is one. */
    private static boolean varies(JobKey key, String text) {
        return switch (key.type()) {
            case TARGETS, OPTIONAL_WORDS, OPTIONAL_RANKS, STACK -> text.indexOf(';') >= 0;
            case TEXT, FLAG, OPTIONAL_NUMBER, PROBABILITY -> text.indexOf(',') >= 0;
            default -> Axis.isSeveral(text);
        };
    }

    private Sweep checked(JobSource base, SweepFile file, List<Axis> options, List<Filter> filters, Problems problems) {
        Sweep sweep = Sweep.of(base).with(catalogs());
        Set<String> replaced =
                new LinkedHashSet<>(options.stream().map(Axis::name).toList());
        List<Axis> all = new ArrayList<>(file.axes().stream()
                .filter(axis -> !replaced.contains(axis.name()) && !isGiven(axis))
                .toList());
        all.addAll(options);
        for (Axis axis : all) {
            sweep = sweep.over(axis);
        }
        for (Filter filter : filters) {
            sweep = sweep.where(filter);
        }
        List<InputProblem> wrong = new ArrayList<>(problems.found());
        wrong.addAll(sweep.problems());
        if (!wrong.isEmpty()) {
            throw new InputException(wrong);
        }
        return sweep.by(word(READING, file.reading().orElse(Reading.ANALYTIC), Reading::parse, Reading.words()));
    }

    /** Whether an option gives one value to what varies in the file. */
    private boolean isGiven(Axis axis) {
        return given().hasMatchedOption(axis.key().map(JobKey::option).orElse(JobOptions.GPU_OPTION));
    }
}
