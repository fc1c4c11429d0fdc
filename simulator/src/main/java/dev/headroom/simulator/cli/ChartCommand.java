package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.chart.CategoriesChart;
import dev.headroom.simulator.chart.Chart;
import dev.headroom.simulator.chart.ErrorChart;
import dev.headroom.simulator.chart.MethodsChart;
import dev.headroom.simulator.chart.MissingFontException;
import dev.headroom.simulator.chart.Size;
import dev.headroom.simulator.chart.Theme;
import dev.headroom.simulator.chart.TimelineChart;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.measured.MeasuredFiles;
import dev.headroom.simulator.measured.Reconciler;
import dev.headroom.simulator.measured.Selection;
import dev.headroom.simulator.report.CsvText;
import dev.headroom.simulator.report.JobText;
import dev.headroom.simulator.report.Unit;
import dev.headroom.simulator.whatif.Cell;
import dev.headroom.simulator.whatif.MethodGrid;
import dev.headroom.simulator.whatif.Workplace;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code headroom chart}: pictures for slides and pages, and their numbers. */
final class ChartCommand extends GridCommand {
    private static final String THEME = "--theme";
    private static final String SIZE = "--size";
    private static final String STANDARD_METHODS = "full,lora";
    private static final List<String> KINDS = List.of("methods", "categories", "timeline", "error");
    private static final Pattern SIDES = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

    private final InputStream standardInput;

    ChartCommand(InputStream standardInput) {
        super(
                standardInput,
                "chart",
                "Draws a chart: methods over length with the card's capacity, categories over length, the timeline of a"
                        + " step, or errors against measured runs.",
                "  headroom chart methods --model tinyllama-1.1b --seqs 512..4096..512 --gpu a100-80gb -o methods.svg",
                "  headroom chart timeline job.yaml -o timeline.png",
                "  headroom chart error data/measured/pytorch-h200.jsonl -o error.svg");
        this.standardInput = standardInput;
        exitCodes(spec(), "0:done, whatever fits");
        spec().addPositional(argument(0, "KIND", "What to draw: " + String.join(", ", KINDS) + "."));
        spec().addPositional(PositionalParamSpec.builder()
                .index("1..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("FILE")
                .description("Job file (options win over it); for 'error' the measured runs.")
                .build());
        addAxes(
                "Methods of 'methods'. Default: " + STANDARD_METHODS + ".",
                "Default: the job's, its double, and four halvings.");
        JobOptions.addTo(spec(), Set.of());
        addFileOption("Where to write: NAME.svg, NAME.png or NAME.csv (its numbers). Default: SVG to stdout.");
        addUnitOption();
        spec().addOption(option(THEME, "WHEN", "Ground: auto (as the reader's system), light or dark. Default: auto."));
        spec().addOption(option(SIZE, "WxH", "Size in pixels; PNG has twice as many. Default: 960x540."));
    }

    @Override
    int run() {
        Theme theme = word(THEME, Theme.AUTO, Theme::parse, Theme.words());
        Size size = size();
        String kind = arguments().isEmpty() ? "" : arguments().get(0);
        if (!KINDS.contains(kind)) {
            throw unknownWord("KIND", kind, KINDS);
        }
        write(chart(kind, unit()), size, theme);
        return 0;
    }

    private Size size() {
        Optional<String> text = value(SIZE);
        if (text.isEmpty()) {
            return Size.STANDARD;
        }
        Matcher sides = SIDES.matcher(text.get());
        if (!sides.matches()) {
            throw new InputException(Place.of(SIZE), "must be width x height in pixels, such as 960x540");
        }
        try {
            return new Size(Integer.parseInt(sides.group(1)), Integer.parseInt(sides.group(2)));
        } catch (IllegalArgumentException e) {
            throw new InputException(Place.of(SIZE), String.valueOf(e.getMessage()));
        }
    }

    private Chart chart(String kind, Unit unit) {
        List<String> files = arguments().subList(1, arguments().size());
        if (kind.equals("error")) {
            return error(files, unit);
        }
        if (files.size() > 1) {
            throw new InputException(Place.of(files.get(1)), "one job at a time");
        }
        JobSource source = source(files.stream().findFirst());
        return switch (kind) {
            case "methods" -> methods(source, unit);
            case "categories" -> categories(source, unit);
            default -> timeline(source, unit);
        };
    }

    private Chart methods(JobSource source, Unit unit) {
        MethodGrid grid = grid(source, methods(STANDARD_METHODS));
        return new MethodsChart(
                JobText.shared(grid.job()), grid.comparison(), grid.workplace().gpu(), unit);
    }

    private Chart categories(JobSource source, Unit unit) {
        String method = source.method().isEmpty() ? "lora" : source.method();
        MethodGrid grid = grid(source, List.of(method));
        List<MemoryEstimate> estimates = grid.comparison().cells().stream()
                .flatMap(cell -> cell.estimate().stream())
                .toList();
        if (estimates.isEmpty()) {
            Cell first = grid.comparison().cells().get(0);
            throw source.refused(first.problems());
        }
        return new CategoriesChart(
                JobText.sentence(grid.job()), estimates, grid.workplace().gpu(), unit);
    }

    private MethodGrid grid(JobSource source, List<String> methods) {
        return MethodGrid.of(
                source, new MethodGrid.Axes(methods, METHODS, lengths(source, 6), LENGTHS), catalogs()::surroundings);
    }

    private Chart timeline(JobSource source, Unit unit) {
        Workplace workplace = workplace(source);
        try {
            return new TimelineChart(JobText.atLength(source.read()), workplace.stepTimeline(source.read()), unit);
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private Chart error(List<String> files, Unit unit) {
        if (files.isEmpty()) {
            throw new InputException(
                    Place.of("FILE"), "is missing: which measured runs?", "Maybe data/measured/pytorch-h200.jsonl?");
        }
        try {
            List<String> names = files.stream()
                    .map(file -> file.substring(file.lastIndexOf('/') + 1))
                    .toList();
            return new ErrorChart(
                    String.join(", ", names),
                    Reconciler.calibrated(JobOptions.calibrated(given()))
                            .reconcile(
                                    MeasuredFiles.read(files, standardInput),
                                    new Selection(Set.of(), Set.of(), Set.of())),
                    unit);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException e) {
            throw new InputException(Place.of(files.get(0)), String.valueOf(e.getMessage()));
        }
    }

    private void write(Chart chart, Size size, Theme theme) {
        String name = file().orElse("");
        switch (ending(name)) {
            case "png" -> {
                try {
                    write(chart.png(size, theme));
                } catch (MissingFontException e) {
                    throw new InputException(
                            Place.of(name),
                            String.valueOf(e.getMessage()),
                            "On Debian and Ubuntu: apt install fonts-dejavu-core");
                }
            }
            case "csv" -> write(CsvText.of(chart.table()).getBytes(StandardCharsets.UTF_8));
            case "svg", "" -> write(chart.svg("chart", size, theme).getBytes(StandardCharsets.UTF_8));
            default ->
                throw new InputException(
                        Place.of(name), "a chart's file ends in .svg, .png or .csv", "Maybe '%s.svg'?".formatted(name));
        }
    }

    private static String ending(String name) {
        String last = Arrays.asList(name.split("[/\\\\]", -1)).get(name.split("[/\\\\]", -1).length - 1);
        int dot = last.lastIndexOf('.');
        return name.isEmpty() ? "" : dot < 0 ? "?" : last.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
