package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.simulator.whatif.Solver.Crossover;
import dev.headroom.simulator.whatif.Solver.Pair;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the saving of one method over another ends.
 *
 * @param method the method whose saving is looked at
 * @param baseline the method it is compared with
 * @param crossover the answer
 */
public record CrossoverReport(String method, String baseline, Crossover crossover) implements Report {
    @Override
    public Document document(Unit unit) {
        Document document = new Document();
        String share = Numbers.percent(crossover.savingRatio());
        if (crossover.length().isPresent()) {
            document.paragraph("%s's saving of allocated memory over %s falls below %s at %s tokens."
                    .formatted(
                            method,
                            baseline,
                            share,
                            Numbers.grouped(crossover.length().getAsInt())));
        } else {
            document.paragraph("%s saves at least %s of %s's allocated memory up to %s tokens, the longest looked at."
                    .formatted(method, share, baseline, Numbers.grouped(crossover.longest())));
        }
        document.heading("Replayed [%s]".formatted(unit.label()));
        TextTable table = new TextTable("length", method, baseline, "saves allocated", "saves reserved").left(0, false);
        for (Pair pair : pairs()) {
            table.row(
                    Integer.toString(pair.length()),
                    unit.of(pair.job().peakAllocated().count()),
                    unit.of(pair.baseline().peakAllocated().count()),
                    Numbers.decimals(100 * pair.allocatedSavingRatio(), 3) + " %",
                    Numbers.decimals(100 * pair.reservedSavingRatio(), 3) + " %");
        }
        return document.table(table)
                .paragraph(
                        "Found with the analytic reading, confirmed by replay. Reserved memory steps with segments.");
    }

    private List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        crossover.before().ifPresent(pairs::add);
        pairs.add(crossover.at());
        return pairs;
    }

    @Override
    public String json() {
        return JsonText.versioned(json -> {
            json.writeStringField("method", method);
            json.writeStringField("baseline", baseline);
            json.writeNumberField("savingRatio", crossover.savingRatio());
            if (crossover.length().isPresent()) {
                json.writeNumberField("sequenceLength", crossover.length().getAsInt());
            } else {
                json.writeNullField("sequenceLength");
            }
            json.writeNumberField("longestLookedAt", crossover.longest());
            json.writeArrayFieldStart("replayed");
            for (Pair pair : pairs()) {
                pair(json, pair);
            }
            json.writeEndArray();
        });
    }

    private static void pair(JsonGenerator json, Pair pair) throws IOException {
        json.writeStartObject();
        json.writeNumberField("sequenceLength", pair.length());
        json.writeNumberField("allocatedSavingRatio", pair.allocatedSavingRatio());
        json.writeNumberField("reservedSavingRatio", pair.reservedSavingRatio());
        json.writeObjectFieldStart("method");
        AnswersJson.write(json, pair.job());
        json.writeEndObject();
        json.writeObjectFieldStart("baseline");
        AnswersJson.write(json, pair.baseline());
        json.writeEndObject();
        json.writeEndObject();
    }

    @Override
    public String csv() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "sequenceLength",
                "methodAllocatedBytes",
                "baselineAllocatedBytes",
                "allocatedSavingRatio",
                "reservedSavingRatio"));
        for (Pair pair : pairs()) {
            rows.add(List.of(
                    Integer.toString(pair.length()),
                    Long.toString(pair.job().peakAllocated().count()),
                    Long.toString(pair.baseline().peakAllocated().count()),
                    Double.toString(pair.allocatedSavingRatio()),
                    Double.toString(pair.reservedSavingRatio())));
        }
        return CsvText.of(rows);
    }
}
