package dev.headroom.simulator.config;

import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds and replaces the values of keys such as {@code method.rank} in the mapping of a job. */
final class JobPaths {
    private JobPaths() {}

    /** The value of a key; {@code method: lora} is short for {@code method: {name: lora}}. */
    static Optional<InputNode> value(Mapping job, JobKey key) {
        if (key.group().isEmpty()) {
            return job.entry(key.word()).map(Mapping.Entry::value);
        }
        Optional<InputNode> group = job.entry(key.group()).map(Mapping.Entry::value);
        if (group.isPresent() && group.get() instanceof Mapping mapping) {
            return mapping.entry(key.word()).map(Mapping.Entry::value);
        }
        return isFirst(key) ? group : Optional.empty();
    }

    /** Where a key's value was written, or where it could have been. */
    static Place place(Mapping job, JobKey key) {
        return value(job, key).map(InputNode::place).orElse(job.place());
    }

    /** The job with another value for a key. */
    static Mapping with(Mapping job, JobKey key, InputNode value) {
        if (key.group().isEmpty()) {
            return put(job, key.word(), value);
        }
        Mapping group = group(job, key);
        return put(job, key.group(), put(group, key.word(), value));
    }

    /** The job without those keys of its method that mean nothing to {@code method}. */
    static Mapping withoutKeysForeignTo(String method, Mapping job) {
        Mapping group = group(job, JobKey.METHOD);
        List<Mapping.Entry> kept = new ArrayList<>();
        List<String> known = JobReader.keysOf(JobKey.METHOD.group());
        for (Mapping.Entry entry : group.entries()) {
            if (!known.contains(entry.key()) || JobReader.applies(method, entry.key())) {
                kept.add(entry);
            }
        }
        return put(job, JobKey.METHOD.group(), new Mapping(group.place(), kept));
    }

    /** Says under which mapping a key belongs that was written at the top. */
    static Optional<String> elsewhere(String word) {
        for (JobKey key : JobKey.values()) {
            if (!key.group().isEmpty() && key.word().equals(word)) {
                return Optional.of("Maybe under '%s', as '%s'?".formatted(key.group(), key.path()));
            }
            if (key.option().equals("--" + word)) {
                return Optional.of("Maybe '%s'? That is the key of %s.".formatted(key.path(), key.option()));
            }
        }
        return Optional.empty();
    }

    private static Mapping group(Mapping job, JobKey key) {
        Optional<InputNode> group = job.entry(key.group()).map(Mapping.Entry::value);
        if (group.isPresent() && group.get() instanceof Mapping mapping) {
            return mapping;
        }
        if (group.isPresent() && group.get() instanceof Scalar scalar && !scalar.isNull()) {
            String first = JobReader.keysOf(key.group()).get(0);
            return new Mapping(scalar.place(), List.of(new Mapping.Entry(first, scalar.place(), scalar)));
        }
        return new Mapping(job.place(), List.of());
    }

    private static boolean isFirst(JobKey key) {
        return JobReader.keysOf(key.group()).get(0).equals(key.word());
    }

    private static Mapping put(Mapping mapping, String word, InputNode value) {
        List<Mapping.Entry> entries = new ArrayList<>();
        boolean replaced = false;
        for (Mapping.Entry entry : mapping.entries()) {
            boolean same = entry.key().equals(word);
            entries.add(same ? new Mapping.Entry(word, entry.keyPlace(), value) : entry);
            replaced |= same;
        }
        if (!replaced) {
            entries.add(new Mapping.Entry(word, value.place(), value));
        }
        return new Mapping(mapping.place(), entries);
    }
}
