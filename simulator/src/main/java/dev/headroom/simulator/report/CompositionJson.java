package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.program.Category;
import dev.headroom.simulator.whatif.LengthCurve;
import dev.headroom.simulator.whatif.LengthCurve.Point;
import java.io.IOException;
import java.util.List;

/** What peaks are made of over the sequence length, as JSON. */
public final class CompositionJson {
    private CompositionJson() {}

    /** One series for each method. */
    public static String of(FineTuningJob job, List<LengthCurve> curves) {
        return JsonText.versioned(json -> {
            JsonText.job(json, job);
            json.writeStringField("reading", "analytic");
            json.writeArrayFieldStart("series");
            for (LengthCurve curve : curves) {
                curve(json, curve);
            }
            json.writeEndArray();
        });
    }

    private static void curve(JsonGenerator json, LengthCurve curve) throws IOException {
        json.writeStartObject();
        json.writeStringField("method", curve.method());
        json.writeArrayFieldStart("points");
        for (Point point : curve.points()) {
            json.writeStartObject();
            json.writeNumberField("sequenceLength", point.sequenceLength());
            json.writeNumberField("peakAllocatedBytes", point.composition().total());
            json.writeNumberField(
                    "processAtLeastBytes",
                    point.composition().total() + point.overhead().count());
            json.writeObjectFieldStart("liveBytes");
            for (Category category : Category.values()) {
                long bytes = point.composition().bytes().getOrDefault(category, 0L);
                if (bytes != 0) {
                    json.writeNumberField(category.id(), bytes);
                }
            }
            json.writeNumberField(
                    Category.PROCESS_OVERHEAD.id(), point.overhead().count());
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("problems");
        for (Problem problem : curve.problems()) {
            json.writeStartObject();
            json.writeStringField("kind", problem.kind().name());
            json.writeStringField("key", problem.key());
            json.writeStringField("message", problem.message());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
