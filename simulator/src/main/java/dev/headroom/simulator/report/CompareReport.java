package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryEstimate.Parameters;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.training.BatchShape;
import dev.headroom.simulator.whatif.Cell;
import dev.headroom.simulator.whatif.Comparison;
import dev.headroom.simulator.whatif.Comparison.Crossover;
import dev.headroom.simulator.whatif.MemoryShares;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Methods against sequence lengths: the memory of each, what it is made of, what a method saves, and why.
 *
 * @param job the job that is varied
 * @param comparison the grid
 */
public record CompareReport(FineTuningJob job, Comparison comparison) implements Report {
    private static final String NOTHING = "-";
    private static final String OUT_OF_MEMORY = "OOM";

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        Optional<MemoryEstimate> first = anyEstimate();
        String layers =
                first.map(estimate -> JobText.layers(estimate.job()) + ", ").orElse("");
        document.paragraph("%s, %s%s.".formatted(job.model(), layers, JobText.setting(job)));
        document.heading("Peak reserved memory [%s]".formatted(unit.label()));
        document.table(overview(unit));
        document.heading("The three answers at the peak [%s]".formatted(unit.label()));
        document.table(answers(unit));
        document.heading("What the allocated peak is made of [%s]".formatted(unit.label()));
        document.table(shares(unit));
        document.heading("Trainable parameters");
        parameters(document);
        if (!comparison.crossovers().isEmpty()) {
            document.heading("Where the saving ends");
            comparison.crossovers().forEach(crossover -> document.point(words(crossover)));
        }
        if (first.isPresent()) {
            document.heading("Why");
            why(document, unit);
        }
        failures(document);
        for (String warning : warnings()) {
            document.paragraph("Warning: " + warning);
        }
        first.ifPresent(estimate -> document.paragraph(JobText.stack(estimate.job())));
        return document;
    }

    private TextTable overview(Unit unit) {
        List<String> headings = new ArrayList<>(List.of("length"));
        headings.addAll(comparison.methods());
        boolean savings = comparison.methods().contains(Comparison.BASELINE);
        for (String method : comparison.methods()) {
            if (savings && !method.equals(Comparison.BASELINE)) {
                headings.add(method + " saves");
            }
        }
        TextTable table = new TextTable(headings.toArray(String[]::new)).left(0, false);
        for (int length : comparison.lengths()) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(length)));
            for (String method : comparison.methods()) {
                Cell cell = comparison.cell(method, length);
                row.add(cell.estimate()
                        .map(estimate -> (cell.outOfMemory() ? OUT_OF_MEMORY + " " : "")
                                + unit.of(estimate.peakReserved().count()))
                        .orElseGet(() -> reason(cell)));
            }
            for (String method : comparison.methods()) {
                if (savings && !method.equals(Comparison.BASELINE)) {
                    row.add(percent(comparison.savingRatio(comparison.cell(method, length))));
                }
            }
            table.row(row);
        }
        return table;
    }

    private TextTable answers(Unit unit) {
        TextTable table = new TextTable("length", "method", "allocated", "reserved", "process", "fits", "peak in")
                .left(0, false)
                .left(1, true)
                .left(5, true)
                .left(6, true);
        for (Cell cell : comparison.cells()) {
            if (cell.estimate().isEmpty()) {
                table.row(length(cell), cell.method(), NOTHING, NOTHING, NOTHING, reason(cell), NOTHING);
                continue;
            }
            MemoryEstimate estimate = cell.estimate().get();
            table.row(
                    length(cell),
                    cell.method(),
                    unit.of(estimate.peakAllocated().count()),
                    unit.of(estimate.peakReserved().count()),
                    unit.of(estimate.process().count()),
                    estimate.verdict().isEmpty() ? NOTHING : cell.outOfMemory() ? OUT_OF_MEMORY : "fits",
                    estimate.peak().phase().id());
        }
        return table;
    }

    private TextTable shares(Unit unit) {
        TextTable table = new TextTable(
                        "length", "method", "parameters", "gradients", "optimizer", "activations", "other")
                .left(0, false)
                .left(1, true);
        for (Cell cell : comparison.cells()) {
            cell.estimate()
                    .map(MemoryShares::of)
                    .ifPresent(shares -> table.row(
                            length(cell),
                            cell.method(),
                            unit.of(shares.parameters().count()),
                            unit.of(shares.gradients().count()),
                            unit.of(shares.optimizer().count()),
                            unit.of(shares.activations().count()),
                            unit.of(shares.other().count())));
        }
        return table;
    }

    private void parameters(Document document) {
        for (String method : comparison.methods()) {
            estimateOf(method)
                    .map(MemoryEstimate::parameters)
                    .ifPresent(parameters -> document.point("%s: %s of %s parameters train (%s)"
                            .formatted(
                                    method,
                                    Numbers.grouped(parameters.trainable()),
                                    Numbers.grouped(parameters.total()),
                                    Numbers.percent(EstimateReport.trainableShare(parameters)))));
        }
    }

    private static String words(Crossover crossover) {
        String least = Numbers.wholePercent(Comparison.LEAST_SAVING_RATIO);
        OptionalInt above = crossover.above();
        OptionalInt below = crossover.below();
        if (below.isEmpty()) {
            return "%s saves at least %s of reserved memory up to %s tokens, the longest compared."
                    .formatted(crossover.method(), least, above.orElse(0));
        }
        if (above.isEmpty()) {
            return "%s saves less than %s of reserved memory from %s tokens on, the shortest compared."
                    .formatted(crossover.method(), least, below.getAsInt());
        }
        return "%s's saving of reserved memory falls below %s between %s and %s tokens."
                .formatted(crossover.method(), least, above.getAsInt(), below.getAsInt());
    }

    /** What grows how, read from the formula of each method's peak at the longest length. */
    private void why(Document document, Unit unit) {
        for (String method : comparison.methods()) {
            estimateOf(method).ifPresent(estimate -> document.point(growth(method, estimate, unit)));
        }
        Optional<MemoryEstimate> baseline = estimateOf(Comparison.BASELINE);
        for (String method : comparison.methods()) {
            Optional<MemoryEstimate> estimate = estimateOf(method);
            if (baseline.isPresent() && estimate.isPresent() && !method.equals(Comparison.BASELINE)) {
                document.point(difference(method, estimate.get(), baseline.get(), unit));
            }
        }
    }

    private static String growth(String method, MemoryEstimate estimate, Unit unit) {
        String squares = bytesOfDegree(estimate, 2) == 0
                ? "nothing grows with s²"
                : "%s with s² (%s per s²)"
                        .formatted(
                                unit.labelled(bytesOfDegree(estimate, 2)),
                                Numbers.decimalBytes(perPosition(estimate, 2)));
        return "%s at s=%s, peak in %s: %s do not depend on s, %s grow with s (%s per position), %s."
                .formatted(
                        method,
                        estimate.job().job().batch().sequenceLength(),
                        estimate.peak().phase().id(),
                        unit.labelled(bytesOfDegree(estimate, 0)),
                        unit.labelled(bytesOfDegree(estimate, 1)),
                        Numbers.decimalBytes(perPosition(estimate, 1)),
                        squares);
    }

    private static String difference(String method, MemoryEstimate estimate, MemoryEstimate baseline, Unit unit) {
        long fixed = bytesOfDegree(baseline, 0) - bytesOfDegree(estimate, 0);
        double linear = perPosition(estimate, 1) - perPosition(baseline, 1);
        double square = perPosition(estimate, 2) - perPosition(baseline, 2);
        return "%s against %s: it %s %s whatever the length, and takes %s of what grows with s, %s of what grows with s²."
                .formatted(
                        method,
                        Comparison.BASELINE,
                        fixed < 0 ? "adds" : "saves",
                        unit.labelled(Math.abs(fixed)),
                        moreOrLess(linear, "per position"),
                        moreOrLess(square, "per s²"));
    }

    private static String moreOrLess(double bytes, String each) {
        return Math.abs(bytes) < 0.5
                ? "the same"
                : "%s %s %s".formatted(Numbers.decimalBytes(Math.abs(bytes)), each, bytes > 0 ? "more" : "less");
    }

    /** Bytes of the peak that grow with this power of s. */
    private static long bytesOfDegree(MemoryEstimate estimate, int degree) {
        BatchShape batch = estimate.job().job().batch();
        return estimate.peak().formula().termsOfSequenceDegree(degree).at(batch.microBatch(), batch.sequenceLength());
    }

    /** The same for each unit of that power of s. */
    private static double perPosition(MemoryEstimate estimate, int degree) {
        double length = estimate.job().job().batch().sequenceLength();
        return bytesOfDegree(estimate, degree) / Math.pow(length, degree);
    }

    private void failures(Document document) {
        Map<String, StringJoiner> lengths = new LinkedHashMap<>();
        for (Cell cell : comparison.cells()) {
            for (Problem problem : cell.problems()) {
                String key =
                        "%s (%s): '%s': %s".formatted(cell.method(), reason(cell), problem.key(), problem.message());
                lengths.computeIfAbsent(key, unseen -> new StringJoiner(", ")).add(length(cell));
            }
        }
        if (!lengths.isEmpty()) {
            document.heading("Not computed");
            lengths.forEach((reason, at) -> document.point("%s (at %s tokens)".formatted(reason, at)));
        }
    }

    private Set<String> warnings() {
        Set<String> warnings = new LinkedHashSet<>();
        for (Cell cell : comparison.cells()) {
            cell.estimate().ifPresent(estimate -> warnings.addAll(estimate.warnings()));
        }
        return warnings;
    }

    private Optional<MemoryEstimate> anyEstimate() {
        return comparison.cells().stream()
                .flatMap(cell -> cell.estimate().stream())
                .findFirst();
    }

    /** A method's estimate at the longest length that has one. */
    private Optional<MemoryEstimate> estimateOf(String method) {
        Optional<Cell> longest = Optional.empty();
        for (Cell cell : comparison.cells()) {
            if (cell.method().equals(method)
                    && cell.estimate().isPresent()
                    && (longest.isEmpty() || longest.get().sequenceLength() < cell.sequenceLength())) {
                longest = Optional.of(cell);
            }
        }
        return longest.flatMap(Cell::estimate);
    }

    private static String length(Cell cell) {
        return Integer.toString(cell.sequenceLength());
    }

    private static String percent(OptionalDouble ratio) {
        return ratio.isPresent() ? Numbers.wholePercent(ratio.getAsDouble()) : NOTHING;
    }

    private static String reason(Cell cell) {
        return cell.estimate().isPresent() ? "ok" : cell.isInvalid() ? "invalid" : "unsupported";
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, job);
            json.writeArrayFieldStart("cells");
            for (Cell cell : comparison.cells()) {
                cell(json, cell);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("methods");
            for (String method : comparison.methods()) {
                Optional<MemoryEstimate> estimate = estimateOf(method);
                if (estimate.isPresent()) {
                    method(json, method, estimate.get());
                }
            }
            json.writeEndArray();
            json.writeArrayFieldStart("crossovers");
            for (Crossover crossover : comparison.crossovers()) {
                json.writeStartObject();
                json.writeStringField("method", crossover.method());
                json.writeNumberField("savingRatio", Comparison.LEAST_SAVING_RATIO);
                optional(json, "lastLengthAbove", crossover.above());
                optional(json, "firstLengthBelow", crossover.below());
                json.writeEndObject();
            }
            json.writeEndArray();
            JsonText.strings(json, "warnings", List.copyOf(warnings()));
        });
    }

    private void cell(JsonGenerator json, Cell cell) throws IOException {
        json.writeStartObject();
        json.writeStringField("method", cell.method());
        json.writeNumberField("sequenceLength", cell.sequenceLength());
        json.writeStringField("status", reason(cell));
        if (cell.estimate().isPresent()) {
            MemoryEstimate estimate = cell.estimate().get();
            json.writeNumberField("peakAllocatedBytes", estimate.peakAllocated().count());
            json.writeNumberField("peakReservedBytes", estimate.peakReserved().count());
            json.writeNumberField("processBytes", estimate.process().count());
            json.writeBooleanField("outOfMemory", cell.outOfMemory());
            EstimateReport.shares(json, MemoryShares.of(estimate));
            json.writeStringField("peakPhase", estimate.peak().phase().id());
            OptionalDouble saving = comparison.savingRatio(cell);
            if (saving.isPresent()) {
                json.writeNumberField("savingRatio", saving.getAsDouble());
            }
        } else {
            json.writeArrayFieldStart("problems");
            for (Problem problem : cell.problems()) {
                json.writeStartObject();
                json.writeStringField("kind", problem.kind().name());
                json.writeStringField("key", problem.key());
                json.writeStringField("message", problem.message());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void method(JsonGenerator json, String method, MemoryEstimate estimate) throws IOException {
        Parameters parameters = estimate.parameters();
        json.writeStartObject();
        json.writeStringField("method", method);
        json.writeNumberField("parametersTotal", parameters.total());
        json.writeNumberField("parametersTrainable", parameters.trainable());
        json.writeNumberField("trainableRatio", EstimateReport.trainableShare(parameters));
        json.writeStringField("peakFormula", estimate.peak().formula().toString());
        json.writeEndObject();
    }

    private static void optional(JsonGenerator json, String key, OptionalInt value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(key, value.getAsInt());
        } else {
            json.writeNullField(key);
        }
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "method",
                "sequenceLength",
                "status",
                "peakAllocatedBytes",
                "peakReservedBytes",
                "processBytes",
                "outOfMemory",
                "parametersBytes",
                "gradientsBytes",
                "optimizerBytes",
                "activationsBytes",
                "otherBytes",
                "peakPhase",
                "savingRatio",
                "parametersTotal",
                "parametersTrainable",
                "message"));
        for (Cell cell : comparison.cells()) {
            rows.add(csvRow(cell));
        }
        return CsvText.of(rows);
    }

    private List<String> csvRow(Cell cell) {
        List<String> row = new ArrayList<>(List.of(cell.method(), length(cell), reason(cell)));
        if (cell.estimate().isPresent()) {
            MemoryEstimate estimate = cell.estimate().get();
            MemoryShares shares = MemoryShares.of(estimate);
            add(row, estimate.peakAllocated().count());
            add(row, estimate.peakReserved().count());
            add(row, estimate.process().count());
            row.add(Boolean.toString(cell.outOfMemory()));
            add(row, shares.parameters().count());
            add(row, shares.gradients().count());
            add(row, shares.optimizer().count());
            add(row, shares.activations().count());
            add(row, shares.other().count());
            row.add(estimate.peak().phase().id());
            OptionalDouble saving = comparison.savingRatio(cell);
            row.add(saving.isPresent() ? Double.toString(saving.getAsDouble()) : "");
            add(row, estimate.parameters().total());
            add(row, estimate.parameters().trainable());
            row.add("");
        } else {
            for (int i = 0; i < 13; i++) {
                row.add("");
            }
            row.add(String.join(
                    "; ",
                    cell.problems().stream()
                            .map(problem -> problem.key() + ": " + problem.message())
                            .toList()));
        }
        return row;
    }

    private static void add(List<String> row, long number) {
        row.add(Long.toString(number));
    }
}
