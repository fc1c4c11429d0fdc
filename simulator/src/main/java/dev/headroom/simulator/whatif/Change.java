package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Something that can be changed about a job to save memory.
 *
 * @param id a stable word, such as {@code checkpointing}
 * @param group changes of one group exclude each other
 * @param title what it is, in words
 * @param values the keys of the job it sets, with their new values; empty if Headroom has no key for it yet
 * @param cost what it costs
 * @param configuration the lines of Trainer, PEFT or environment configuration that do it
 */
public record Change(
        String id, String group, String title, Map<JobKey, String> values, Cost cost, List<String> configuration) {
    public Change {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        configuration = List.copyOf(configuration);
    }

    /**
     * What a change costs, beside work. Levels only order: 0 nothing, 1 little, 2 noticeable, 3 much.
     *
     * @param time level of time lost to recomputation or smaller kernels
     * @param risk level of the risk that the model trains worse
     * @param words both in words
     */
    public record Cost(int time, int risk, String words) {
        /** Nothing worth naming. */
        static Cost none(String words) {
            return new Cost(0, 0, words);
        }

        int total() {
            return time + risk;
        }
    }

    /** The job with the change. */
    public JobSource applyTo(JobSource job) {
        JobSource changed = job;
        for (Map.Entry<JobKey, String> value : values.entrySet()) {
            changed = changed.with(value.getKey(), value.getValue());
        }
        return changed;
    }

    /** The options of the command line that make it, such as {@code --checkpointing non-reentrant}. */
    public String options() {
        StringBuilder options = new StringBuilder();
        values.forEach((key, value) -> {
            options.append(options.isEmpty() ? "" : " ");
            if (key.type() == JobKey.Type.FLAG) {
                options.append(
                        value.equals("true")
                                ? key.option()
                                : "--no-" + key.option().substring(2));
            } else {
                options.append(key.option()).append(' ').append(value);
            }
        });
        return options.toString();
    }
}
