package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.chart.CategoriesChart;
import dev.headroom.simulator.chart.Chart;
import dev.headroom.simulator.chart.MethodsChart;
import dev.headroom.simulator.chart.TimelineChart;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.html.HtmlReport;
import dev.headroom.simulator.report.JobText;
import dev.headroom.simulator.report.Unit;
import dev.headroom.simulator.whatif.MethodGrid;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code headroom report}: everything about one job in one HTML file. */
final class HtmlReportCommand extends GridCommand {
    HtmlReportCommand(InputStream standardInput) {
        super(
                standardInput,
                "report",
                "Writes one HTML file about a job: verdict, charts, every row with formula and source, assumptions.",
                "  headroom report --model llama-3.1-8b --seq 2048 --gpu a100-80gb -o report.html",
                "  headroom report job.yaml --methods full,lora,dora --seqs 512..4096..512 -o report.html");
        exitCodes(spec(), "0:done, whatever fits");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        addAxes(
                "Methods to compare in a chart. Default: full and the job's.",
                "Default: the job's, its double, and four halvings.");
        JobOptions.addTo(spec(), Set.of());
        addFileOption("Where to write. Default: stdout.");
        addUnitOption();
    }

    @Override
    int run() {
        Unit unit = unit();
        JobSource source = source(arguments().stream().findFirst());
        Workplace workplace = workplace(source);
        try {
            FineTuningJob job = source.read();
            MemoryEstimate estimate = workplace.estimate(job);
            Set<String> standard =
                    new LinkedHashSet<>(List.of("full", job.method().name()));
            MethodGrid grid = MethodGrid.of(
                    source,
                    new MethodGrid.Axes(methods(String.join(",", standard)), METHODS, lengths(source, 6), LENGTHS),
                    catalogs()::surroundings);
            List<Chart> charts = new ArrayList<>();
            charts.add(new MethodsChart(JobText.shared(job), grid.comparison(), workplace.gpu(), unit));
            List<MemoryEstimate> own = grid.comparison().cells().stream()
                    .filter(cell -> cell.method().equals(job.method().name()))
                    .flatMap(cell -> cell.estimate().stream())
                    .toList();
            if (!own.isEmpty()) {
                charts.add(new CategoriesChart(JobText.sentence(job), own, workplace.gpu(), unit));
            }
            charts.add(new TimelineChart(JobText.atLength(job), workplace.stepTimeline(job), unit));
            String html = new HtmlReport(estimate, charts, command(), Main.version(), unit).html();
            write(html.getBytes(StandardCharsets.UTF_8));
            return 0;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    /** This command as it was given, for a shell. */
    private String command() {
        return given().originalArgs().stream()
                .map(word -> word.matches("[A-Za-z0-9_./:,=+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ", "headroom ", ""));
    }
}
