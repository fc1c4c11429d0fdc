package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.program.Category;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** A measurement as a record that can be reconciled: one line of JSON. */
public final class MeasurementJson {
    private MeasurementJson() {}

    /**
     * The record, without a line end.
     *
     * @param id its name
     */
    public static String of(String id, Trainer.Request request, Measurement measurement) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            write(json, id, request, measurement);
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, String id, Trainer.Request request, Measurement measurement)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id);
        JsonText.job(json, request.job().job());
        words(json, "stack", measurement.versions());
        words(json, "machine", measurement.machine());
        if (measurement.device().isPresent()) {
            json.writeObjectFieldStart("gpu");
            json.writeStringField("name", measurement.device().get().name());
            json.writeNumberField("memoryMiB", measurement.device().get().memory() >> 20);
            if (measurement.nvml().isPresent()) {
                json.writeStringField("driver", measurement.nvml().get().driver());
            }
            json.writeEndObject();
        }
        if (request.deviceLimit().isPresent()) {
            json.writeNumberField("deviceLimitBytes", request.deviceLimit().getAsLong());
        }
        json.writeBooleanField("outOfMemory", measurement.outOfMemory().isPresent());
        if (measurement.outOfMemory().isPresent()) {
            json.writeStringField(
                    "outOfMemoryMessage", measurement.outOfMemory().get());
        }
        json.writeNumberField("afterLoadBytes", measurement.afterLoad());
        // Peaks of a run that was cut short are lower bounds, and no peaks of the job.
        String prefix = measurement.outOfMemory().isPresent() ? "reached" : "peak";
        json.writeNumberField(prefix + "AllocatedBytes", measurement.peakAllocated());
        // On the processor the counter counts host memory, which is another figure.
        String counted = measurement.device().isPresent() ? "DeviceCounter" : "HostCounter";
        json.writeNumberField(
                measurement.outOfMemory().isPresent()
                        ? "reached" + counted + "Bytes"
                        : decapitalized(counted) + "PeakBytes",
                measurement.deviceCounterPeak());
        if (measurement.driver().isPresent()) {
            Measurement.Driver driver = measurement.driver().get();
            json.writeNumberField("contextBytes", driver.before());
            json.writeNumberField("processAfterLoadBytes", driver.loaded());
            json.writeNumberField(
                    measurement.outOfMemory().isPresent() ? "reachedProcessBytes" : "processBytes", driver.peak());
        }
        if (measurement.nvml().isPresent()) {
            bytes(json, "smiContextBytes", measurement.nvml().get().before());
            bytes(
                    json,
                    measurement.outOfMemory().isPresent() ? "reachedSmiProcessBytes" : "smiProcessBytes",
                    measurement.nvml().get().peak());
        }
        json.writeObjectFieldStart("categories");
        for (Category category : Category.values()) {
            Long bytes = measurement.categories().get(category);
            if (bytes != null) {
                json.writeNumberField(category.id(), bytes);
            }
        }
        json.writeEndObject();
        json.writeArrayFieldStart("steps");
        for (Measurement.Step step : measurement.steps()) {
            step(json, step);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void bytes(JsonGenerator json, String key, OptionalLong bytes) throws IOException {
        if (bytes.isPresent()) {
            json.writeNumberField(key, bytes.getAsLong());
        }
    }

    private static void step(JsonGenerator json, Measurement.Step step) throws IOException {
        json.writeStartObject();
        for (var figure : Measurement.inOrder(step.figures()).entrySet()) {
            json.writeNumberField(figure.getKey().key(), figure.getValue());
        }
        json.writeNumberField("counterPeakBytes", step.deviceCounterPeak());
        if (Double.isFinite(step.loss())) {
            json.writeNumberField("loss", step.loss());
        } else {
            json.writeNullField("loss");
        }
        json.writeNumberField("seconds", step.seconds());
        json.writeEndObject();
    }

    private static String decapitalized(String word) {
        return word.substring(0, 1).toLowerCase(Locale.ROOT) + word.substring(1);
    }

    private static void words(JsonGenerator json, String key, Map<String, String> words) throws IOException {
        json.writeObjectFieldStart(key);
        for (Map.Entry<String, String> word : new TreeMap<>(words).entrySet()) {
            json.writeStringField(word.getKey(), word.getValue());
        }
        json.writeEndObject();
    }
}
