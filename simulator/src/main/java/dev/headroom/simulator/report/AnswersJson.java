package dev.headroom.simulator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.job.Problem;
import java.io.IOException;
import java.util.List;

/** The three answers and what kept a job from having them, in the JSON of several results. */
final class AnswersJson {
    private AnswersJson() {}

    /** Fields of the object that is open. */
    static void write(JsonGenerator json, MemoryAnswers answers) throws IOException {
        json.writeNumberField("peakAllocatedBytes", answers.peakAllocated().count());
        json.writeNumberField("peakReservedBytes", answers.peakReserved().count());
        json.writeNumberField("processBytes", answers.process().count());
        if (answers.verdict().isPresent()) {
            json.writeBooleanField("fits", answers.verdict().get().fits());
            json.writeNumberField("headroomBytes", answers.verdict().get().headroomBytes());
        }
    }

    static void problems(JsonGenerator json, List<Problem> problems) throws IOException {
        json.writeArrayFieldStart("problems");
        for (Problem problem : problems) {
            json.writeStartObject();
            json.writeStringField("kind", problem.kind().name());
            json.writeStringField("key", problem.key());
            json.writeStringField("message", problem.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
