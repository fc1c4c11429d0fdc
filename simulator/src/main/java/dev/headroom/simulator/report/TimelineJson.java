package dev.headroom.simulator.report;

import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.explain.StepTimeline.Sample;
import dev.headroom.model.explain.StepTimeline.Stretch;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.program.Category;

/** The timeline of a step as JSON. */
public final class TimelineJson {
    private TimelineJson() {}

    /** The samples of the step, each with the live bytes of every category that has any. */
    public static String of(FineTuningJob job, StepTimeline timeline) {
        return JsonText.versioned(json -> {
            JsonText.job(json, job);
            json.writeNumberField("step", timeline.step());
            json.writeNumberField("events", timeline.events());
            json.writeArrayFieldStart("phases");
            for (Stretch stretch : timeline.phases()) {
                json.writeStartObject();
                json.writeStringField("phase", stretch.phase().id());
                json.writeNumberField("from", stretch.from());
                json.writeNumberField("to", stretch.to());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("samples");
            for (Sample sample : timeline.samples()) {
                json.writeStartObject();
                json.writeNumberField("event", sample.position());
                json.writeNumberField("allocatedBytes", sample.allocatedBytes());
                json.writeNumberField("reservedBytes", sample.reservedBytes());
                json.writeStringField("module", sample.module());
                json.writeStringField("operation", sample.operation());
                json.writeObjectFieldStart("liveBytes");
                for (Category category : Category.values()) {
                    long bytes = sample.liveBytes().getOrDefault(category, 0L);
                    if (bytes != 0) {
                        json.writeNumberField(category.id(), bytes);
                    }
                }
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
