package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryEstimate.Parameters;
import dev.headroom.model.MemoryEstimate.Verdict;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.simulator.whatif.MemoryShares;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The memory of one job: the verdict, the three answers, where the memory is at the peak, and when the peak is. */
public record EstimateReport(MemoryEstimate estimate) implements Report {
    @Override
    public Document document(Unit unit) {
        FineTuningJob job = estimate.job().job();
        Document document = new Document();
        verdict(document, estimate, unit);
        document.paragraph("%s by %s, %s, %s tokens, %s."
                .formatted(
                        job.model(),
                        JobText.method(job),
                        JobText.layers(estimate.job()),
                        job.batch().sequenceLength(),
                        JobText.setting(job)));
        TextTable answers = new TextTable("answer", unit.label(), "bytes", "what it is").left(3, true);
        answer(answers, unit, "allocated", estimate.peakAllocated().count(), "live tensors at the peak");
        estimate.deviceCounterPeak()
                .ifPresentOrElse(
                        counter -> answer(
                                answers, unit, "device counter", counter.count(), "with arrays within operations"),
                        () -> answer(
                                answers,
                                unit,
                                "reserved",
                                estimate.peakReserved().count(),
                                "what the allocator holds"));
        answer(answers, unit, "process", estimate.process().count(), "what nvidia-smi shows");
        document.table(answers);
        document.table(breakdown(unit));
        document.paragraph(peak(estimate));
        Parameters parameters = estimate.parameters();
        document.paragraph("Parameters: %s, of which %s train (%s)."
                .formatted(
                        Numbers.grouped(parameters.total()),
                        Numbers.grouped(parameters.trainable()),
                        Numbers.percent(trainableShare(parameters))));
        for (String warning : estimate.warnings()) {
            document.paragraph("Warning: " + warning);
        }
        return document.paragraph(JobText.stack(estimate.job()));
    }

    private static void answer(TextTable table, Unit unit, String name, long bytes, String meaning) {
        table.row(name, unit.of(bytes), Numbers.grouped(bytes), meaning);
    }

    static void verdict(Document document, MemoryEstimate estimate, Unit unit) {
        Document.Tone tone = estimate.verdict()
                .map(verdict -> verdict.fits() ? Document.Tone.GOOD : Document.Tone.BAD)
                .orElse(Document.Tone.PLAIN);
        document.add(tone, verdict(estimate, unit));
    }

    /** Whether the job fits its card, and by how much. */
    public static String verdict(MemoryEstimate estimate, Unit unit) {
        if (estimate.verdict().isEmpty()) {
            return "%s; no verdict without a card (--gpu ID)."
                    .formatted(unit.labelled(estimate.process().count()));
        }
        Verdict verdict = estimate.verdict().get();
        String kept = verdict.reserve().count() == 0
                ? ""
                : ", %s of it to stay free"
                        .formatted(unit.labelled(verdict.reserve().count()));
        String needs = "needs %s, the card has %s%s"
                .formatted(
                        unit.labelled(estimate.process().count()),
                        unit.labelled(verdict.capacity().count()),
                        kept);
        if (verdict.fits()) {
            String left = verdict.headroomBytes() < 0
                    ? ""
                    : "; %s to spare".formatted(unit.labelled(verdict.headroomBytes()));
            String retried = verdict.afterGivingBackCache()
                    ? " It fits only because the allocator gives cached blocks back and tries again."
                    : "";
            return "FITS %s: %s%s.%s".formatted(verdict.gpu(), needs, left, retried);
        }
        String missing = verdict.headroomBytes() >= 0
                ? ""
                : "; %s too little".formatted(unit.labelled(-verdict.headroomBytes()));
        return "DOES NOT FIT %s: %s%s.".formatted(verdict.gpu(), needs, missing);
    }

    private TextTable breakdown(Unit unit) {
        TextTable table = new TextTable("at the peak", unit.label(), "share", "bytes");
        long total = estimate.process().count();
        for (MemoryNode category : estimate.breakdown().children()) {
            breakdownRow(table, category, "", unit, total);
            for (MemoryNode child : category.children()) {
                if (category.children().size() > 1 && child.bytes().count() > 0) {
                    breakdownRow(table, child, "  ", unit, total);
                }
            }
        }
        return table.row("process", unit.of(total), "100 %", Numbers.grouped(total));
    }

    private static void breakdownRow(TextTable table, MemoryNode node, String indent, Unit unit, long total) {
        long bytes = node.bytes().count();
        table.row(
                indent + node.label(),
                unit.of(bytes),
                Numbers.decimals(100.0 * bytes / Math.max(1, total), 1) + " %",
                Numbers.grouped(bytes));
    }

    /** When and where the allocated peak is. */
    public static String peak(MemoryEstimate estimate) {
        MemoryEstimate.Peak peak = estimate.peak();
        String module = peak.module().isEmpty() ? "" : " in " + peak.module();
        String operation = peak.operation().isEmpty() ? "" : " (" + peak.operation() + ")";
        return "The peak is in step %s, %s,%s%s."
                .formatted(peak.step(), peak.phase().id(), module, operation)
                .replace(",.", ".");
    }

    static double trainableShare(Parameters parameters) {
        return (double) parameters.trainable() / Math.max(1, parameters.total());
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            JsonText.job(json, estimate.job().job());
            json.writeObjectFieldStart("stack");
            for (Map.Entry<String, String> version :
                    estimate.job().job().versions().entrySet()) {
                json.writeStringField(version.getKey(), version.getValue());
            }
            json.writeStringField(
                    "computeCapability", estimate.job().computeCapability().toString());
            json.writeEndObject();
            if (estimate.verdict().isPresent()) {
                json.writeFieldName("verdict");
                verdict(json, estimate.verdict().get());
            } else {
                json.writeNullField("verdict");
            }
            json.writeNumberField("peakAllocatedBytes", estimate.peakAllocated().count());
            JsonText.allocatedRange(json, estimate);
            json.writeNumberField("peakReservedBytes", estimate.peakReserved().count());
            json.writeNumberField("processBytes", estimate.process().count());
            if (estimate.deviceCounterPeak().isPresent()) {
                json.writeNumberField(
                        "deviceCounterPeakBytes",
                        estimate.deviceCounterPeak().get().count());
            }
            json.writeStringField("peakPhase", estimate.peak().phase().id());
            json.writeNumberField("peakStep", estimate.peak().step());
            json.writeStringField("peakModule", estimate.peak().module());
            json.writeStringField("peakOperation", estimate.peak().operation());
            json.writeStringField("peakFormula", estimate.peak().formula().toString());
            json.writeNumberField("parametersTotal", estimate.parameters().total());
            json.writeNumberField("parametersTrainable", estimate.parameters().trainable());
            shares(json, MemoryShares.of(estimate));
            json.writeNumberField(
                    "afterLoadBytes", estimate.afterLoad().allocated().count());
            json.writeNumberField(
                    "reservedAfterLoadBytes", estimate.afterLoad().reserved().count());
            json.writeNumberField("segmentsAtEnd", estimate.afterLoad().segmentsAtEnd());
            json.writeArrayFieldStart("breakdown");
            for (MemoryNode category : estimate.breakdown().children()) {
                node(json, category);
            }
            json.writeEndArray();
            JsonText.strings(json, "warnings", estimate.warnings());
        });
    }

    private static void verdict(JsonGenerator json, Verdict verdict) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("fits", verdict.fits());
        json.writeStringField("gpu", verdict.gpu());
        json.writeNumberField("headroomBytes", verdict.headroomBytes());
        json.writeNumberField("capacityBytes", verdict.capacity().count());
        json.writeNumberField("reserveBytes", verdict.reserve().count());
        json.writeBooleanField("afterGivingBackCache", verdict.afterGivingBackCache());
        json.writeEndObject();
    }

    /** The five parts of the allocated peak. */
    static void shares(JsonGenerator json, MemoryShares shares) throws IOException {
        json.writeNumberField("parametersBytes", shares.parameters().count());
        json.writeNumberField("gradientsBytes", shares.gradients().count());
        json.writeNumberField("optimizerBytes", shares.optimizer().count());
        json.writeNumberField("activationsBytes", shares.activations().count());
        json.writeNumberField("otherBytes", shares.other().count());
    }

    private static void node(JsonGenerator json, MemoryNode node) throws IOException {
        json.writeStartObject();
        json.writeStringField("category", node.id());
        json.writeNumberField("bytes", node.bytes().count());
        json.writeArrayFieldStart("children");
        for (MemoryNode child : node.children()) {
            node(json, child);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("row", "label", "bytes"));
        row(rows, "peakAllocatedBytes", "allocated", estimate.peakAllocated().count());
        row(rows, "peakReservedBytes", "reserved", estimate.peakReserved().count());
        row(rows, "processBytes", "process", estimate.process().count());
        estimate.deviceCounterPeak()
                .ifPresent(counter -> row(rows, "deviceCounterPeakBytes", "device counter", counter.count()));
        estimate.verdict()
                .ifPresent(verdict -> row(
                        rows,
                        "headroomBytes",
                        (verdict.fits() ? "fits " : "does not fit ") + verdict.gpu(),
                        verdict.headroomBytes()));
        for (MemoryNode category : estimate.breakdown().children()) {
            rows(rows, "breakdown/" + category.id(), category);
        }
        return CsvText.of(rows);
    }

    private static void row(List<List<String>> rows, String row, String label, long bytes) {
        rows.add(List.of(row, label, Long.toString(bytes)));
    }

    private static void rows(List<List<String>> rows, String path, MemoryNode node) {
        row(rows, path, node.label(), node.bytes().count());
        for (MemoryNode child : node.children()) {
            rows(rows, path + "/" + child.id(), child);
        }
    }
}
