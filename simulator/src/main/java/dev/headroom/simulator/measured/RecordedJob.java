package dev.headroom.simulator.measured;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The job of a row: either one that can be resolved, or the reasons why not.
 *
 * @param facets job keys and their values as words, defaults filled in, for selecting and grouping
 * @param job the job, if it could be read
 * @param problems why not; empty exactly if there is a job
 */
public record RecordedJob(Map<String, String> facets, Optional<FineTuningJob> job, List<Problem> problems) {
    /** Value of a facet that is absent or switched off. */
    public static final String NONE = "none";

    public RecordedJob {
        facets = Collections.unmodifiableMap(new LinkedHashMap<>(facets));
        problems = List.copyOf(problems);
        if (job.isPresent() != problems.isEmpty()) {
            throw new IllegalArgumentException("a job has no problems, and none has some: %s".formatted(problems));
        }
    }

    static RecordedJob readable(Map<String, String> facets, FineTuningJob job) {
        return new RecordedJob(facets, Optional.of(job), List.of());
    }

    static RecordedJob refused(Map<String, String> facets, List<Problem> problems) {
        return new RecordedJob(facets, Optional.empty(), problems);
    }

    /** The value of a facet; {@link #NONE} if this job has no such key. */
    public String facet(String key) {
        return facets.getOrDefault(key, NONE);
    }
}
