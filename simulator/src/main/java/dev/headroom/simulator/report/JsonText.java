package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.Quantization;
import dev.headroom.model.training.RuntimeKind;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes JSON in a stable order: integers are bytes, nothing is formatted for people. */
final class JsonText {
    /** The version of the layout of every JSON result. */
    static final int SCHEMA_VERSION = 1;

    private JsonText() {}

    /** Something that writes the fields of the outermost object. */
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    /** Writes fields where an exception is not allowed. */
    interface Fields {
        void write() throws IOException;
    }

    static void unchecked(Fields fields) {
        try {
            fields.write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An object that starts with {@code schemaVersion}. */
    static String versioned(Body body) {
        StringWriter text = new StringWriter();
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                        .withObjectEmptySeparator("")
                        .withArrayEmptySeparator("")
                        .withRootSeparator("\n"))
                .withObjectIndenter(indenter)
                .withArrayIndenter(indenter);
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(printer);
            json.writeStartObject();
            json.writeNumberField("schemaVersion", SCHEMA_VERSION);
            body.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    /** The bounds of an allocated peak that depends on data, if it does. */
    static void allocatedRange(JsonGenerator json, MemoryEstimate estimate) throws IOException {
        if (estimate.allocatedRange().isPresent()) {
            MemoryEstimate.Range range = estimate.allocatedRange().get();
            long[] bounds = {range.least().count(), range.most().count()};
            json.writeFieldName("peakAllocatedRange");
            json.writeArray(bounds, 0, bounds.length);
        }
    }

    /** The job with the keys of a job file, so that it can be read again. */
    static void job(JsonGenerator json, FineTuningJob job) throws IOException {
        json.writeObjectFieldStart("job");
        json.writeStringField("model", job.model());
        json.writeObjectFieldStart("method");
        json.writeStringField("name", job.method().name());
        for (Map.Entry<String, Object> option : job.method().options().entrySet()) {
            json.writeObjectField(option.getKey(), option.getValue());
        }
        json.writeEndObject();
        json.writeNumberField("microBatch", job.batch().microBatch());
        json.writeNumberField("sequenceLength", job.batch().sequenceLength());
        json.writeStringField("weightDtype", job.precision().weights().longName());
        if (job.precision().autocast().isPresent()) {
            json.writeStringField(
                    "autocastDtype", job.precision().autocast().get().longName());
        } else {
            json.writeNullField("autocastDtype");
        }
        if (job.precision().quantization().isPresent()) {
            quantization(json, job.precision().quantization().get());
        }
        json.writeStringField("attention", job.attention().id());
        json.writeStringField("checkpointing", job.checkpointing().kind().id());
        if (job.checkpointing().isOn()) {
            json.writeNumberField("checkpointEvery", job.checkpointing().everyNthLayer());
            json.writeBooleanField("checkpointOffload", job.checkpointing().offloaded());
        }
        json.writeStringField("lossKernel", job.lossKernel().id());
        if (job.mlpTiles().isPresent()) {
            json.writeNumberField("mlpTiles", job.mlpTiles().getAsInt());
        }
        json.writeStringField("optimizer", job.optimizer().id());
        if (job.optimizer().isLowRank()) {
            json.writeNumberField("optimizerRank", job.optimizerRank());
        }
        if (job.maxGradNorm().isPresent()) {
            json.writeNumberField("maxGradNorm", job.maxGradNorm().getAsDouble());
        } else {
            json.writeNullField("maxGradNorm");
        }
        json.writeNumberField("gradientAccumulation", job.gradientAccumulation());
        json.writeStringField("trainingLoop", job.trainingLoop().id());
        json.writeBooleanField("paddedBatch", job.batch().padded());
        json.writeBooleanField("useCache", job.useCache());
        json.writeBooleanField("expandableSegments", job.allocator().expandableSegments());
        allocatorLimits(json, job.allocator());
        if (job.layersOverride().isPresent()) {
            json.writeNumberField("layersOverride", job.layersOverride().getAsInt());
        }
        json.writeStringField("runtime", job.runtime().id());
        if (job.runtime() == RuntimeKind.PYTORCH) {
            json.writeObjectFieldStart("stack");
            for (Map.Entry<String, String> version : job.versions().entrySet()) {
                json.writeStringField(version.getKey(), version.getValue());
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void allocatorLimits(JsonGenerator json, AllocatorSettings settings) throws IOException {
        if (settings.maxSplitSize().isPresent()) {
            json.writeNumberField("maxSplitSizeMiB", settings.maxSplitSize().getAsLong() >> 20);
        }
        if (settings.memoryFraction().isPresent()) {
            json.writeNumberField("memoryFraction", settings.memoryFraction().getAsDouble());
        }
        if (settings.collectionThreshold().isPresent()) {
            json.writeNumberField(
                    "garbageCollectionThreshold", settings.collectionThreshold().getAsDouble());
        }
    }

    private static void quantization(JsonGenerator json, Quantization quantization) throws IOException {
        json.writeObjectFieldStart("quantization");
        json.writeStringField("kind", quantization.kind().id());
        if (quantization.kind() == Quantization.Kind.NF4) {
            json.writeBooleanField("doubleQuant", quantization.doubleQuant());
        }
        if (quantization.computeDtype().isPresent()) {
            json.writeStringField(
                    "computeDtype", quantization.computeDtype().get().longName());
        }
        if (quantization.kind() == Quantization.Kind.GPTQ4
                && quantization.groupSize().isPresent()) {
            json.writeNumberField("groupSize", quantization.groupSize().getAsInt());
        } else if (quantization.kind() == Quantization.Kind.GPTQ4) {
            json.writeNullField("groupSize");
        }
        json.writeStringField("upcast", quantization.upcast().id());
        json.writeEndObject();
    }

    static void strings(JsonGenerator json, String key, List<String> values) throws IOException {
        json.writeArrayFieldStart(key);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }
}
