package dev.headroom.simulator.report;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;

/** The methods that have rules, and which keys mean something to each, as JSON. */
public final class MethodListing {
    private MethodListing() {}

    /** An object {@code methods}: each with its {@code name} and {@code keys}, with option and default. */
    public static String json() {
        return JsonText.versioned(json -> {
            json.writeArrayFieldStart("methods");
            for (String name : JobKey.METHOD.words()) {
                JobSource source = JobSource.empty().with(JobKey.METHOD, name);
                json.writeStartObject();
                json.writeStringField("name", name);
                json.writeArrayFieldStart("keys");
                for (JobKey key : JobKey.values()) {
                    boolean own = key != JobKey.METHOD && key.group().equals(JobKey.METHOD.group());
                    if (own && source.applies(key)) {
                        json.writeStartObject();
                        json.writeStringField("key", key.word());
                        json.writeStringField("option", key.option());
                        json.writeStringField("default", source.setting(key));
                        json.writeStringField("description", key.comment());
                        json.writeEndObject();
                    }
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
