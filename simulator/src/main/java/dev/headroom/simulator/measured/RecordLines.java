package dev.headroom.simulator.measured;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads measured records, one JSON object a line. A line that makes no sense becomes a row that says why. Beside the job,
 * keys that are not compared are passed over: records carry more than Headroom predicts.
 */
final class RecordLines {
    private final Problems problems;

    private RecordLines(Problems problems) {
        this.problems = problems;
    }

    static List<MeasuredRun> read(InputText file) {
        List<MeasuredRun> runs = new ArrayList<>();
        int line = 0;
        for (String text : (Iterable<String>) file.text().lines()::iterator) {
            line++;
            if (!text.isBlank()) {
                runs.add(run(new InputText(file.name(), text), line));
            }
        }
        return runs;
    }

    private static MeasuredRun run(InputText text, int line) {
        Problems problems = new Problems();
        Place place = new Place(text.name(), line, 1);
        try {
            InputNode node = JsonReader.read(text, line, problems);
            if (node instanceof Mapping record) {
                return new RecordLines(problems).run(record, place);
            }
            problems.invalid(place, "must be a record in braces, found " + node.shown());
        } catch (InputException e) {
            problems.addAll(e);
        }
        return MeasuredRun.unreadable(place, problems.found());
    }

    private MeasuredRun run(Mapping record, Place place) {
        String id = value(record, "id")
                .filter(Scalar.class::isInstance)
                .map(scalar -> ((Scalar) scalar).text())
                .orElse(place.name() + ":" + place.line());
        Optional<Mapping> job = mapping(record, "job");
        if (job.isEmpty() && problems.isEmpty()) {
            problems.invalid(place, "'job' is missing");
        }
        return new MeasuredRun(
                id,
                place,
                job.orElseGet(() -> new Mapping(place, List.of())),
                mapping(record, "stack"),
                gpu(record),
                driver(record),
                figures(record),
                optionalBytes(record, "deviceLimitBytes"),
                savedTensors(record),
                List.of(),
                problems.found());
    }

    private Optional<Scalar> gpu(Mapping record) {
        Optional<InputNode> name = mapping(record, "gpu").flatMap(gpu -> value(gpu, "name"));
        name.filter(node -> !(node instanceof Scalar))
                .ifPresent(node -> problems.invalid(node.place(), "must be a name, found " + node.shown()));
        return name.filter(Scalar.class::isInstance).map(Scalar.class::cast);
    }

    private MeasuredRun.Driver driver(Mapping record) {
        return new MeasuredRun.Driver(
                mapping(record, "gpu").map(gpu -> text(gpu, "driver")).filter(version -> !version.isEmpty()),
                optionalBytes(record, "contextBytes"));
    }

    private OptionalLong optionalBytes(Mapping record, String key) {
        return bytes(record, key).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private RunFigures figures(Mapping record) {
        Map<Answer, Long> answers = new EnumMap<>(Answer.class);
        for (Answer answer : Answer.values()) {
            bytes(record, answer.key()).ifPresent(bytes -> answers.put(answer, bytes));
        }
        return new RunFigures(
                answers, outOfMemory(record), bytes(record, "afterLoadBytes"), steps(record), categories(record));
    }

    private Map<Category, Long> categories(Mapping record) {
        Map<Category, Long> categories = new EnumMap<>(Category.class);
        mapping(record, "categories").ifPresent(written -> {
            for (Category category : Category.values()) {
                bytes(written, category.id()).ifPresent(bytes -> categories.put(category, bytes));
            }
        });
        return categories;
    }

    private Optional<Boolean> outOfMemory(Mapping record) {
        Optional<InputNode> value = value(record, "outOfMemory");
        if (value.isPresent() && !(value.get().toJava() instanceof Boolean)) {
            problems.invalid(
                    value.get().place(),
                    "'outOfMemory' must be true or false, found " + value.get().shown());
            return Optional.empty();
        }
        return value.map(node -> Boolean.TRUE.equals(node.toJava()));
    }

    private List<Map<Figure, Long>> steps(Mapping record) {
        List<Map<Figure, Long>> steps = new ArrayList<>();
        Optional<InputNode> value = value(record, "steps");
        if (value.isPresent() && value.get() instanceof Sequence sequence) {
            for (InputNode item : sequence.items()) {
                Map<Figure, Long> step = new EnumMap<>(Figure.class);
                if (item instanceof Mapping mapping) {
                    for (Figure figure : Figure.values()) {
                        bytes(mapping, figure.key()).ifPresent(bytes -> step.put(figure, bytes));
                    }
                } else {
                    problems.invalid(item.place(), "must be the figures of a step, found " + item.shown());
                }
                steps.add(step);
            }
        } else {
            value.ifPresent(node -> problems.invalid(node.place(), "'steps' must be a list, found " + node.shown()));
        }
        return steps;
    }

    /** Saved tensors that are no parameters. */
    private List<SavedTensorCensus.Measured> savedTensors(Mapping record) {
        List<SavedTensorCensus.Measured> saved = new ArrayList<>();
        Optional<InputNode> value = value(record, "savedTensors");
        if (value.isPresent() && value.get() instanceof Sequence sequence) {
            for (InputNode item : sequence.items()) {
                if (item instanceof Mapping tensor) {
                    savedTensor(tensor).ifPresent(saved::add);
                } else {
                    problems.invalid(item.place(), "must be a saved tensor, found " + item.shown());
                }
            }
        } else {
            value.ifPresent(
                    node -> problems.invalid(node.place(), "'savedTensors' must be a list, found " + node.shown()));
        }
        return saved;
    }

    private Optional<SavedTensorCensus.Measured> savedTensor(Mapping tensor) {
        Optional<Long> bytes = bytes(tensor, "storageBytes");
        Optional<Long> storage = bytes(tensor, "storage");
        if (value(tensor, "parameter").isPresent() || bytes.isEmpty() || storage.isEmpty()) {
            return Optional.empty();
        }
        SavedTensorCensus.Kind kind =
                SavedTensorCensus.Kind.of(text(tensor, "module"), text(tensor, "dtype"), bytes.get());
        return Optional.of(new SavedTensorCensus.Measured(kind, storage.get()));
    }

    private static String text(Mapping mapping, String key) {
        return value(mapping, key)
                .filter(Scalar.class::isInstance)
                .map(scalar -> ((Scalar) scalar).text())
                .orElse("");
    }

    private Optional<Long> bytes(Mapping mapping, String key) {
        Optional<InputNode> value = value(mapping, key);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (value.get().toJava() instanceof Long bytes && bytes >= 0) {
            return Optional.of(bytes);
        }
        problems.invalid(
                value.get().place(),
                "'%s' must be a whole number of bytes, found %s"
                        .formatted(key, value.get().shown()));
        return Optional.empty();
    }

    private Optional<Mapping> mapping(Mapping record, String key) {
        Optional<InputNode> value = value(record, key);
        value.filter(node -> !(node instanceof Mapping))
                .ifPresent(node -> problems.invalid(
                        node.place(), "'%s' must be an object, found %s".formatted(key, node.shown())));
        return value.filter(Mapping.class::isInstance).map(Mapping.class::cast);
    }

    private static Optional<InputNode> value(Mapping mapping, String key) {
        return mapping.entry(key)
                .map(Mapping.Entry::value)
                .filter(node -> !(node instanceof Scalar scalar && scalar.isNull()));
    }
}
