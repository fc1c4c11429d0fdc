package dev.headroom.simulator.measured;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A reconciliation as JSON; bytes are whole numbers, errors are ratios. */
final class ReconciliationJson {
    private static final int SCHEMA_VERSION = 1;

    private final JsonGenerator json;

    private ReconciliationJson(JsonGenerator json) {
        this.json = json;
    }

    static String of(Reconciliation reconciliation) {
        StringWriter writer = new StringWriter();
        try {
            write(reconciliation, writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return writer.toString();
    }

    private static void write(Reconciliation reconciliation, Writer writer) throws IOException {
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter(" ", "\n"));
        try (JsonGenerator json = new JsonFactory().createGenerator(writer).setPrettyPrinter(printer)) {
            new ReconciliationJson(json).write(reconciliation);
        }
        writer.write('\n');
    }

    private void write(Reconciliation reconciliation) throws IOException {
        json.writeStartObject();
        json.writeNumberField("schemaVersion", SCHEMA_VERSION);
        json.writeArrayFieldStart("rows");
        for (ReconciledRun row : reconciliation.rows()) {
            write(row);
        }
        json.writeEndArray();
        json.writeObjectFieldStart("summary");
        json.writeNumberField("rows", reconciliation.rows().size());
        json.writeNumberField("ok", reconciliation.count(Status.OK));
        json.writeNumberField("unsupported", reconciliation.count(Status.UNSUPPORTED));
        json.writeNumberField("invalid", reconciliation.count(Status.INVALID) + reconciliation.count(Status.FAILED));
        for (Quantity quantity : Quantity.values()) {
            write(quantity.id(), reconciliation.statistics(quantity));
        }
        json.writeObjectFieldStart("outOfMemory");
        json.writeNumberField("right", reconciliation.outOfMemory(true));
        json.writeNumberField("wrong", reconciliation.outOfMemory(false));
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private void write(String key, ErrorStatistics statistics) throws IOException {
        json.writeObjectFieldStart(key);
        json.writeNumberField("rows", statistics.rows());
        ratio("median", statistics.median());
        ratio("p90", statistics.p90());
        ratio("p95", statistics.p95());
        ratio("max", statistics.max());
        ratio("equalToTheByte", statistics.equalToTheByte());
        ratio("withinHundredthPercent", statistics.withinHundredthPercent());
        ratio("withinTenthPercent", statistics.withinTenthPercent());
        ratio("withinOnePercent", statistics.withinOnePercent());
        json.writeEndObject();
    }

    private void write(ReconciledRun row) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", row.id());
        json.writeStringField("file", row.origin().file());
        json.writeNumberField("line", row.origin().line());
        json.writeStringField("status", row.status().id());
        json.writeStringField("message", row.message());
        peaks("predicted", row.predicted());
        peaks("measured", row.measured());
        json.writeObjectFieldStart("errorRatio");
        for (Quantity quantity : Quantity.values()) {
            ratio(quantity.id(), row.comparison(quantity).errorRatio());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("afterLoad");
        for (Map.Entry<String, Comparison> figure : row.afterLoad().entrySet()) {
            comparison(figure.getKey(), figure.getValue());
        }
        json.writeEndObject();
        json.writeFieldName("phases");
        figures(row.steps().isEmpty() ? Map.of() : row.steps().get(row.steps().size() - 1));
        json.writeArrayFieldStart("steps");
        for (Map<Figure, Comparison> step : row.steps()) {
            figures(step);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void peaks(String key, MeasuredFigures.Peaks peaks) throws IOException {
        json.writeObjectFieldStart(key);
        for (Quantity quantity : Quantity.values()) {
            number(quantity.key(), peaks.of(quantity));
        }
        Optional<Boolean> outOfMemory = peaks.outOfMemory();
        if (outOfMemory.isPresent()) {
            json.writeBooleanField("outOfMemory", outOfMemory.get());
        } else {
            json.writeNullField("outOfMemory");
        }
        json.writeEndObject();
    }

    private void figures(Map<Figure, Comparison> figures) throws IOException {
        json.writeStartObject();
        for (Map.Entry<Figure, Comparison> figure : figures.entrySet()) {
            comparison(figure.getKey().key(), figure.getValue());
        }
        json.writeEndObject();
    }

    private void comparison(String key, Comparison comparison) throws IOException {
        json.writeObjectFieldStart(key);
        number("predicted", comparison.predicted());
        number("measured", comparison.measured());
        json.writeEndObject();
    }

    private void number(String key, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(key, value.getAsLong());
        } else {
            json.writeNullField(key);
        }
    }

    private void ratio(String key, OptionalDouble value) throws IOException {
        ratio(key, value.orElse(Double.NaN));
    }

    private void ratio(String key, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumberField(key, value);
        } else {
            json.writeNullField(key);
        }
    }
}
