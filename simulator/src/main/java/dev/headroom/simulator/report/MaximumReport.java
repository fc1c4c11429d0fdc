package dev.headroom.simulator.report;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.whatif.Solver.Maximum;
import java.util.ArrayList;
import java.util.List;

/**
 * The largest value that fits a card.
 *
 * @param gpu the card's id
 * @param maximum the answer
 */
public record MaximumReport(String gpu, Maximum maximum) implements Report {
    private static String noun(JobKey key) {
        return switch (key) {
            case SEQUENCE_LENGTH -> "sequence length";
            case MICRO_BATCH -> "micro-batch";
            default -> "rank";
        };
    }

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        String noun = noun(maximum.key());
        if (maximum.value().isEmpty()) {
            document.add(Document.Tone.BAD, "NOTHING FITS %s: not even a %s of 1.".formatted(gpu, noun));
        } else {
            String found = Numbers.grouped(maximum.value().getAsInt());
            document.add(Document.Tone.GOOD, "The largest %s that fits %s is %s.".formatted(noun, gpu, found));
        }
        TextTable table = new TextTable(noun, "allocated", "reserved", "process", "to spare", "fits")
                .left(0, false)
                .left(5, true);
        maximum.atValue().ifPresent(estimate -> row(table, maximum.value().orElse(0), estimate.answers(), unit));
        maximum.atNext().ifPresent(answers -> row(table, maximum.value().orElse(0) + 1, answers, unit));
        document.heading("Replayed [%s]".formatted(unit.label()));
        document.table(table);
        maximum.limit().ifPresent(limit -> document.paragraph("Memory does not end it, but: " + limit + "."));
        document.paragraph("Found with the analytic reading and confirmed by %s.".formatted(replays()));
        maximum.atValue().ifPresent(estimate -> {
            estimate.warnings().forEach(warning -> document.paragraph("Warning: " + warning));
            document.paragraph(JobText.stack(estimate.job()));
        });
        return document;
    }

    private String replays() {
        return maximum.replays() == 1 ? "1 replay" : maximum.replays() + " replays";
    }

    private static void row(TextTable table, int value, MemoryAnswers answers, Unit unit) {
        table.row(
                Integer.toString(value),
                unit.of(answers.peakAllocated().count()),
                unit.of(answers.peakReserved().count()),
                unit.of(answers.process().count()),
                answers.verdict()
                        .map(verdict -> unit.of(verdict.headroomBytes()))
                        .orElse(""),
                answers.verdict().map(MemoryEstimate.Verdict::fits).orElse(false) ? "fits" : "OOM");
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            maximum.atValue()
                    .ifPresent(estimate -> JsonText.unchecked(
                            () -> JsonText.job(json, estimate.job().job())));
            json.writeStringField("gpu", gpu);
            json.writeStringField("key", maximum.key().path());
            if (maximum.value().isPresent()) {
                json.writeNumberField("largest", maximum.value().getAsInt());
            } else {
                json.writeNullField("largest");
            }
            if (maximum.atValue().isPresent()) {
                json.writeObjectFieldStart("atLargest");
                AnswersJson.write(json, maximum.atValue().get().answers());
                json.writeEndObject();
            }
            if (maximum.atNext().isPresent()) {
                json.writeObjectFieldStart("oneMore");
                AnswersJson.write(json, maximum.atNext().get());
                json.writeEndObject();
            }
            if (maximum.limit().isPresent()) {
                json.writeStringField("limit", maximum.limit().get());
            }
            json.writeNumberField("replays", maximum.replays());
        });
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(maximum.key().path(), "peakAllocatedBytes", "peakReservedBytes", "processBytes", "fits"));
        maximum.atValue().ifPresent(estimate -> csv(rows, maximum.value().orElse(0), estimate.answers()));
        maximum.atNext().ifPresent(answers -> csv(rows, maximum.value().orElse(0) + 1, answers));
        return CsvText.of(rows);
    }

    private static void csv(List<List<String>> rows, int value, MemoryAnswers answers) {
        rows.add(List.of(
                Integer.toString(value),
                Long.toString(answers.peakAllocated().count()),
                Long.toString(answers.peakReserved().count()),
                Long.toString(answers.process().count()),
                Boolean.toString(
                        answers.verdict().map(MemoryEstimate.Verdict::fits).orElse(false))));
    }
}
