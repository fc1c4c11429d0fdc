package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Problems;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a sweep from a file: a job as in a job file (or under {@code job}), and beside it {@code axes} (what varies: keys
 * with lists or ranges), {@code where} (conditions) and {@code reading}. A job file is a sweep without axes.
 *
 * @param base what all cells have in common
 * @param axes what varies
 * @param filters conditions
 * @param reading the reading, if the file names one
 */
public record SweepFile(JobSource base, List<Axis> axes, List<Filter> filters, Optional<Reading> reading) {
    private static final String AXES = "axes";
    private static final String WHERE = "where";
    private static final String READING = "reading";
    private static final List<String> OWN_KEYS = List.of(AXES, WHERE, READING);

    public SweepFile {
        axes = List.copyOf(axes);
        filters = List.copyOf(filters);
    }

    /**
     * Reads a file.
     *
     * @param name its path, or {@link JobFile#STANDARD_INPUT}
     * @throws InputException with everything that is wrong with its axes and conditions; the job's keys are checked when it
     *     is read
     */
    public static SweepFile read(String name, InputStream standardInput) {
        Problems problems = new Problems();
        Mapping root = JobFile.mapping(name, standardInput, problems);
        List<Mapping.Entry> job = root.entries().stream()
                .filter(entry -> !OWN_KEYS.contains(entry.key()))
                .toList();
        JobSource base = JobFile.source(new Mapping(root.place(), job), problems);
        Problems own = new Problems();
        List<Axis> axes = new ArrayList<>();
        root.entry(AXES).ifPresent(entry -> axes(entry.value(), axes, own));
        List<Filter> filters = new ArrayList<>();
        root.entry(WHERE).ifPresent(entry -> filters(entry.value(), filters, own));
        Optional<Reading> reading = root.entry(READING).flatMap(entry -> reading(entry.value(), own));
        own.throwIfAny();
        return new SweepFile(base, axes, filters, reading);
    }

    private static void axes(InputNode node, List<Axis> axes, Problems problems) {
        if (!(node instanceof Mapping mapping)) {
            problems.invalid(
                    node.place(), "'axes' must be a mapping of keys to lists or ranges, found " + node.shown());
            return;
        }
        for (Mapping.Entry entry : mapping.entries()) {
            if (entry.value() instanceof Mapping group && isGroup(entry.key())) {
                for (Mapping.Entry inner : group.entries()) {
                    axis(entry.key() + "." + inner.key(), inner, axes, problems);
                }
            } else {
                axis(entry.key(), entry, axes, problems);
            }
        }
    }

    private static boolean isGroup(String word) {
        for (JobKey key : JobKey.values()) {
            if (key.group().equals(word)) {
                return true;
            }
        }
        return false;
    }

    private static void axis(String name, Mapping.Entry entry, List<Axis> axes, Problems problems) {
        Optional<JobKey> key = Axis.keyNamed(name);
        if (key.isEmpty() && !name.equals(Axis.GPU)) {
            problems.invalid(
                    entry.keyPlace(), "unknown axis '%s'".formatted(name), NearestWord.hint(name, Axis.keyNames()));
            return;
        }
        try {
            Axis axis = axis(key, entry.value());
            if (axes.stream().anyMatch(known -> known.name().equals(axis.name()))) {
                problems.invalid(entry.keyPlace(), "'%s' varies already".formatted(name));
            } else {
                axes.add(axis);
            }
        } catch (InputException e) {
            problems.addAll(e);
        }
    }

    private static Axis axis(Optional<JobKey> key, InputNode value) {
        if (value instanceof Scalar scalar) {
            return Axis.parse(key, scalar.text(), scalar.place());
        }
        if (value instanceof Sequence sequence && !sequence.items().isEmpty()) {
            List<String> values = new ArrayList<>();
            for (InputNode item : sequence.items()) {
                if (!(item instanceof Scalar scalar)) {
                    throw new InputException(item.place(), "must be one value, found " + item.shown());
                }
                values.add(scalar.isNull() ? JobKey.NONE : scalar.text());
            }
            return Axis.parseAll(key, values, value.place());
        }
        throw new InputException(value.place(), "must be a list or a range, found " + value.shown());
    }

    private static void filters(InputNode node, List<Filter> filters, Problems problems) {
        List<InputNode> conditions = node instanceof Sequence sequence ? sequence.items() : List.of(node);
        for (InputNode condition : conditions) {
            if (condition instanceof Scalar scalar) {
                try {
                    filters.add(Filter.parse(scalar.text(), scalar.place()));
                } catch (InputException e) {
                    problems.addAll(e);
                }
            } else {
                problems.invalid(condition.place(), "must be a condition, found " + condition.shown());
            }
        }
    }

    private static Optional<Reading> reading(InputNode node, Problems problems) {
        String word = node instanceof Scalar scalar ? scalar.text() : "";
        Optional<Reading> reading = Reading.parse(word);
        if (reading.isEmpty()) {
            problems.invalid(
                    node.place(),
                    "unknown reading %s".formatted(node.shown()),
                    "Allowed: %s.".formatted(String.join(", ", Reading.words())));
        }
        return reading;
    }
}
