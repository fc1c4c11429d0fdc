package dev.headroom.simulator.report;

import dev.headroom.simulator.whatif.AdviceOutline;
import dev.headroom.simulator.whatif.AdviceOutline.Outlook;

/** What changes save by the analytic reading, in the form of advice. */
public final class AdviceOutlineJson {
    private AdviceOutlineJson() {}

    /** JSON of an outline; {@code fits} is there, and false, where it is certain. */
    public static String of(AdviceOutline outline) {
        return JsonText.versioned(json -> {
            JsonText.job(json, outline.job());
            json.writeObjectFieldStart("before");
            json.writeNumberField(
                    "processAtLeastBytes", outline.processAtLeast().count());
            json.writeEndObject();
            json.writeArrayFieldStart("suggestions");
            for (Outlook outlook : outline.outlooks()) {
                json.writeStartObject();
                json.writeStringField("change", outlook.change().id());
                json.writeStringField("title", outlook.change().title());
                json.writeNumberField("savedRequestedBytes", outlook.requested().count());
                json.writeObjectFieldStart("after");
                json.writeNumberField(
                        "processAtLeastBytes", outlook.processAtLeast().count());
                if (outlook.tooLarge()) {
                    json.writeBooleanField("fits", false);
                }
                json.writeEndObject();
                AdviceReport.how(json, outlook.change());
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
