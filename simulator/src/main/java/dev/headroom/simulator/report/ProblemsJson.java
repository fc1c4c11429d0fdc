package dev.headroom.simulator.report;

import dev.headroom.simulator.input.InputProblem;
import java.util.List;

/** Why a question was refused, as JSON. */
public final class ProblemsJson {
    private ProblemsJson() {}

    /**
     * An object {@code error} with {@code status}, {@code message} and {@code problems}.
     *
     * @param status HTTP status
     * @param message everything in words
     * @param problems each problem with its place
     */
    public static String of(int status, String message, List<InputProblem> problems) {
        return JsonText.versioned(json -> {
            json.writeObjectFieldStart("error");
            json.writeNumberField("status", status);
            json.writeStringField("message", message);
            json.writeArrayFieldStart("problems");
            for (InputProblem problem : problems) {
                json.writeStartObject();
                json.writeStringField("kind", problem.kind().name());
                json.writeStringField("place", problem.place().toString());
                json.writeStringField("message", problem.message());
                if (problem.hint().isPresent()) {
                    json.writeStringField("hint", problem.hint().get());
                } else {
                    json.writeNullField("hint");
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
