package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.Answer;
import dev.headroom.simulator.measured.Comparison;
import dev.headroom.simulator.measured.ErrorStatistics;
import dev.headroom.simulator.measured.ReconciledRun;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import dev.headroom.simulator.measured.Reconciliation;
import dev.headroom.simulator.measured.RunFigures;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A reconciliation as JSON: bytes are whole numbers, errors and shares are ratios, what is not known is null. */
final class ReconciliationJson {
    private final JsonGenerator json;

    private ReconciliationJson(JsonGenerator json) {
        this.json = json;
    }

    static String of(Reconciliation reconciliation) {
        return JsonText.versioned(json -> new ReconciliationJson(json).write(reconciliation));
    }

    private void write(Reconciliation reconciliation) throws IOException {
        json.writeArrayFieldStart("rows");
        for (ReconciledRun row : reconciliation.rows()) {
            row(row);
        }
        json.writeEndArray();
        json.writeObjectFieldStart("summary");
        json.writeNumberField("rows", reconciliation.rows().size());
        for (Status status : Status.values()) {
            json.writeNumberField(status.id(), reconciliation.rows(status).size());
        }
        for (Answer answer : Answer.values()) {
            ErrorStatistics statistics = reconciliation.statistics(answer);
            if (!answer.isOfSomeRuntimes() || statistics.count() > 0) {
                statistics(answer.id(), statistics);
            }
        }
        json.writeObjectFieldStart("outOfMemory");
        json.writeNumberField("right", reconciliation.outOfMemory(true).size());
        json.writeNumberField("wrong", reconciliation.outOfMemory(false).size());
        json.writeEndObject();
        json.writeObjectFieldStart("phases");
        for (Map.Entry<Figure, ErrorStatistics> figure :
                reconciliation.phaseStatistics().entrySet()) {
            statistics(figure.getKey().key(), figure.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void row(ReconciledRun row) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", row.run().id());
        json.writeStringField("file", row.run().place().name());
        json.writeNumberField("line", row.run().place().line());
        json.writeStringField("status", row.status().id());
        json.writeStringField("message", row.message());
        json.writeObjectFieldStart("predicted");
        if (row.estimate().isPresent()) {
            JsonText.allocatedRange(json, row.estimate().get());
        }
        answers(row.predicted());
        json.writeObjectFieldStart("measured");
        answers(row.measured());
        json.writeObjectFieldStart("errorRatio");
        for (Answer answer : Answer.values()) {
            if (!answer.isOfSomeRuntimes() || row.comparison(answer).isPresent()) {
                ratio(
                        answer.id(),
                        row.comparison(answer).map(Comparison::errorRatio).orElse(Double.NaN));
            }
        }
        json.writeEndObject();
        List<Map<Figure, Comparison>> steps = row.steps();
        // The steady state is what users compare; every step follows for those who look for where an error begins.
        json.writeFieldName("phases");
        phases(steps.isEmpty() ? Map.of() : steps.get(steps.size() - 1));
        json.writeArrayFieldStart("steps");
        for (Map<Figure, Comparison> step : steps) {
            phases(step);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The rest of an object that is open. */
    private void answers(RunFigures figures) throws IOException {
        for (Answer answer : Answer.values()) {
            Optional<Long> bytes = figures.answer(answer);
            if (answer.isOfSomeRuntimes() && bytes.isEmpty()) {
                continue;
            }
            json.writeFieldName(answer.key());
            if (bytes.isPresent()) {
                json.writeNumber(bytes.get());
            } else {
                json.writeNull();
            }
        }
        json.writeFieldName("outOfMemory");
        if (figures.outOfMemory().isPresent()) {
            json.writeBoolean(figures.outOfMemory().get());
        } else {
            json.writeNull();
        }
        json.writeEndObject();
    }

    private void phases(Map<Figure, Comparison> figures) throws IOException {
        json.writeStartObject();
        for (Map.Entry<Figure, Comparison> figure : figures.entrySet()) {
            json.writeObjectFieldStart(figure.getKey().key());
            json.writeNumberField("predicted", figure.getValue().predicted());
            json.writeNumberField("measured", figure.getValue().measured());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void statistics(String key, ErrorStatistics statistics) throws IOException {
        json.writeObjectFieldStart(key);
        json.writeNumberField("count", statistics.count());
        ratio("median", statistics.median());
        ratio("p90", statistics.p90());
        ratio("p95", statistics.p95());
        ratio("max", statistics.max());
        ratio("equalToTheByte", statistics.equalToTheByte());
        ratio("withinHundredthPercent", statistics.withinHundredthPercent());
        ratio("withinTenthPercent", statistics.withinTenthPercent());
        json.writeEndObject();
    }

    private void ratio(String key, double value) throws IOException {
        json.writeFieldName(key);
        if (Double.isFinite(value)) {
            json.writeNumber(value);
        } else {
            json.writeNull();
        }
    }
}
