package dev.headroom.simulator.report;

import dev.headroom.simulator.whatif.Solver.SmallestGpu;
import dev.headroom.simulator.whatif.Solver.Tried;
import java.util.ArrayList;
import java.util.List;

/**
 * The card with the least memory that a job fits.
 *
 * @param answer the answer
 */
public record SmallestGpuReport(SmallestGpu answer) implements Report {
    private static final int SHOWN = 5;

    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        if (answer.gpu().isEmpty()) {
            document.add(
                    Document.Tone.BAD,
                    "NOTHING FITS: none of %s cards.".formatted(answer.tried().size()));
        } else {
            EstimateReport.verdict(document, answer.estimate().orElseThrow(), unit);
        }
        List<Tried> tried = answer.tried();
        List<Tried> last = tried.subList(Math.max(0, tried.size() - SHOWN), tried.size());
        TextTable table = new TextTable("card", "memory", "to spare", "");
        table.left(3, true);
        for (Tried card : last) {
            table.row(
                    card.gpu().id(),
                    unit.of(card.gpu().memory().count()),
                    card.headroomBytes().isPresent()
                            ? unit.of(card.headroomBytes().getAsLong())
                            : "–",
                    card.problems().isEmpty()
                            ? card.equals(tried.get(tried.size() - 1))
                                            && answer.gpu().isPresent()
                                    ? "fits"
                                    : "too small"
                            : "unsupported");
        }
        document.heading(
                last.size() < tried.size()
                        ? "The last %s of %s cards tried, by memory [%s]"
                                .formatted(last.size(), tried.size(), unit.label())
                        : "Cards tried, by memory [%s]".formatted(unit.label()));
        document.table(table);
        last.forEach(card -> card.problems()
                .forEach(problem ->
                        document.paragraph("%s: %s".formatted(card.gpu().id(), problem.message()))));
        answer.estimate().ifPresent(estimate -> {
            estimate.warnings().forEach(warning -> document.paragraph("Warning: " + warning));
            document.paragraph(JobText.stack(estimate.job()));
        });
        return document;
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            if (answer.gpu().isPresent()) {
                json.writeStringField("gpu", answer.gpu().get().id());
            } else {
                json.writeNullField("gpu");
            }
            if (answer.estimate().isPresent()) {
                AnswersJson.write(json, answer.estimate().get().answers());
            }
            json.writeArrayFieldStart("tried");
            for (Tried card : answer.tried()) {
                json.writeStartObject();
                json.writeStringField("gpu", card.gpu().id());
                json.writeNumberField("memoryBytes", card.gpu().memory().count());
                if (card.headroomBytes().isPresent()) {
                    json.writeNumberField("headroomBytes", card.headroomBytes().getAsLong());
                } else {
                    AnswersJson.problems(json, card.problems());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("gpu", "memoryBytes", "headroomBytes", "message"));
        for (Tried card : answer.tried()) {
            rows.add(List.of(
                    card.gpu().id(),
                    Long.toString(card.gpu().memory().count()),
                    card.headroomBytes().isPresent()
                            ? Long.toString(card.headroomBytes().getAsLong())
                            : "",
                    card.problems().isEmpty() ? "" : card.problems().get(0).message()));
        }
        return CsvText.of(rows);
    }
}
