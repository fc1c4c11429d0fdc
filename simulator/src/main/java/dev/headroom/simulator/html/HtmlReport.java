package dev.headroom.simulator.html;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryEstimate.Verdict;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.explain.MemoryNode.Leaf;
import dev.headroom.simulator.chart.Chart;
import dev.headroom.simulator.chart.Ink;
import dev.headroom.simulator.chart.Size;
import dev.headroom.simulator.chart.Theme;
import dev.headroom.simulator.report.EstimateReport;
import dev.headroom.simulator.report.JobText;
import dev.headroom.simulator.report.Numbers;
import dev.headroom.simulator.report.Unit;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The report of one job: verdict, charts, every row with formula and source, assumptions, and how it was made.
 *
 * @param estimate the job's memory
 * @param charts charts with their numbers
 * @param command the command that made the report
 * @param version Headroom's version
 * @param unit unit of tables and charts
 */
public record HtmlReport(MemoryEstimate estimate, List<Chart> charts, String command, String version, Unit unit) {
    public HtmlReport {
        charts = List.copyOf(charts);
    }

    /** The file's text. */
    public String html() {
        HtmlWriter html = new HtmlWriter();
        String title = "Memory of " + estimate.job().job().model();
        html.markup("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
        html.markup(
                "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.element("title", title + " – Headroom");
        html.markup("<style>\n" + style() + "</style>\n").close().open("body").open("main");
        html.element("h1", title);
        html.element("p", JobText.atLength(estimate.job().job()) + ".", "class", "lead");
        verdict(html);
        answers(html);
        for (int i = 0; i < charts.size(); i++) {
            chart(html, charts.get(i), "chart-" + (i + 1));
        }
        breakdown(html);
        assumptions(html);
        html.element("h2", "How this was made");
        html.open("pre").element("code", command).close();
        html.element("p", JobText.stack(estimate.job()) + " Headroom " + version + ".");
        return html.close().close().close().html();
    }

    private static String style() {
        try (InputStream stream = HtmlReport.class.getResourceAsStream("report.css")) {
            if (stream == null) {
                throw new IllegalStateException("no report.css on the class path");
            }
            return ":root {\n" + Ink.properties(false) + "}\n@media (prefers-color-scheme: dark) {\n:root {\n"
                    + Ink.properties(true) + "}\n}\n"
                    + new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void verdict(HtmlWriter html) {
        String state = estimate.verdict()
                .map(Verdict::fits)
                .map(fits -> fits ? "good" : "bad")
                .orElse("none");
        html.element("p", EstimateReport.verdict(estimate, unit), "class", "verdict " + state);
    }

    private void answers(HtmlWriter html) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("answer", "what it is", unit.label(), "bytes"));
        rows.add(answer(
                "allocated",
                "live tensors at the peak",
                estimate.peakAllocated().count()));
        rows.add(answer(
                "reserved", "what the allocator holds", estimate.peakReserved().count()));
        rows.add(answer("process", "what nvidia-smi shows", estimate.process().count()));
        html.table(rows, 2);
        html.element("p", EstimateReport.peak(estimate));
    }

    private List<String> answer(String name, String meaning, long bytes) {
        return List.of(name, meaning, unit.of(bytes), Numbers.grouped(bytes));
    }

    private static void chart(HtmlWriter html, Chart chart, String id) {
        html.open("figure").markup(chart.svg(id, Size.STANDARD, Theme.AUTO));
        html.open("details").element("summary", "The numbers of this chart");
        List<List<String>> table = chart.table();
        html.table(table, firstNumber(table)).close().close();
    }

    /** The first column from which on all are numbers. */
    private static int firstNumber(List<List<String>> table) {
        int first = table.get(0).size();
        while (first > 0 && table.subList(1, table.size()).stream().allMatch(isNumber(first - 1))) {
            first--;
        }
        return first;
    }

    private static java.util.function.Predicate<List<String>> isNumber(int column) {
        return row -> !row.get(column).isEmpty()
                && "-.0123456789".indexOf(row.get(column).charAt(0)) >= 0;
    }

    private void breakdown(HtmlWriter html) {
        html.element("h2", "Where every byte comes from");
        html.element(
                "p",
                "What is alive at the peak of allocated memory, with b sequences of s tokens. Requested bytes alive there: "
                        + estimate.peak().formula() + ".");
        Map<String, Integer> sources = new LinkedHashMap<>();
        long total = estimate.process().count();
        for (MemoryNode category : estimate.breakdown().children()) {
            html.open("details").open("summary");
            html.element("span", "", "class", "swatch", "style", "background: var(--ink-" + category.id() + ")");
            html.element("span", category.label(), "class", "name");
            html.element(
                    "span",
                    "%s · %s"
                            .formatted(
                                    unit.labelled(category.bytes().count()),
                                    Numbers.percent((double) category.bytes().count() / Math.max(1, total))),
                    "class",
                    "amount");
            html.close();
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("row", "formula [bytes]", "rule", "tensors", unit.label(), "bytes"));
            leaves(category, "", rows, sources);
            html.table(rows, 3).close();
        }
        html.element("h2", "Rules applied").open("ol");
        sources.keySet().forEach(source -> html.element("li", source));
        html.close();
    }

    private void leaves(MemoryNode node, String path, List<List<String>> rows, Map<String, Integer> sources) {
        if (node instanceof Leaf leaf) {
            int number = sources.computeIfAbsent(leaf.source().citation(), unseen -> sources.size() + 1);
            rows.add(List.of(
                    path.isEmpty() ? leaf.label() : path,
                    leaf.formula(),
                    "[" + number + "]",
                    leaf.tensors() == 0 ? "" : Numbers.grouped(leaf.tensors()),
                    unit.of(leaf.bytes().count()),
                    Numbers.grouped(leaf.bytes().count())));
        }
        for (MemoryNode child : node.children()) {
            leaves(child, path.isEmpty() ? child.label() : path + ", " + child.label(), rows, sources);
        }
    }

    private void assumptions(HtmlWriter html) {
        html.element("h2", "Assumptions");
        if (estimate.warnings().isEmpty()) {
            html.element("p", "None had to be made.");
            return;
        }
        html.open("ul");
        estimate.warnings().forEach(warning -> html.element("li", warning));
        html.close();
    }
}
