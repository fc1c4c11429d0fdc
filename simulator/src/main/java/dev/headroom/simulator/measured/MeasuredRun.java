package dev.headroom.simulator.measured;

import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.input.Place;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One row of a file of measured runs.
 *
 * @param id its name, unique within {@code data/measured}; the row's place if it has none
 * @param place where it was read
 * @param job what ran, as written; without keys if the row could not be read
 * @param stack the versions it ran on, as written, if the row names them
 * @param gpu the card's name as the driver reports it, if the row names one
 * @param driver what the card's driver said of itself and of the process at its start
 * @param figures what was measured
 * @param deviceLimit bytes after which the run was made to be out of memory, as on a smaller card
 * @param savedTensors the tensors autograd saved in a forward pass; empty if they were not counted
 * @param assumptions what the source does not state and is taken for granted
 * @param problems why the row cannot be compared; empty if it can
 */
public record MeasuredRun(
        String id,
        Place place,
        Mapping job,
        Optional<Mapping> stack,
        Optional<Scalar> gpu,
        Driver driver,
        RunFigures figures,
        OptionalLong deviceLimit,
        List<SavedTensorCensus.Measured> savedTensors,
        List<String> assumptions,
        List<InputProblem> problems) {
    /**
     * What a card's driver says.
     *
     * @param version its version
     * @param contextBytes what the process takes before anything is allocated
     */
    public record Driver(Optional<String> version, OptionalLong contextBytes) {
        /** It was not asked. */
        public static final Driver UNKNOWN = new Driver(Optional.empty(), OptionalLong.empty());
    }

    public MeasuredRun {
        assumptions = List.copyOf(assumptions);
        savedTensors = List.copyOf(savedTensors);
        problems = List.copyOf(problems);
    }

    static MeasuredRun unreadable(Place place, List<InputProblem> problems) {
        return new MeasuredRun(
                place.name() + ":" + place.line(),
                place,
                new Mapping(place, List.of()),
                Optional.empty(),
                Optional.empty(),
                Driver.UNKNOWN,
                RunFigures.NONE,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                problems);
    }

    /** The value of a job key as written, such as {@code method.name}; empty if it is not there or no single value. */
    public Optional<String> jobWord(String key) {
        Mapping mapping = job;
        int dot = key.indexOf('.');
        if (dot >= 0) {
            Optional<Mapping.Entry> parent = job.entry(key.substring(0, dot));
            if (parent.isEmpty() || !(parent.get().value() instanceof Mapping below)) {
                return Optional.empty();
            }
            mapping = below;
        }
        return mapping.entry(key.substring(dot + 1))
                .map(Mapping.Entry::value)
                .filter(Scalar.class::isInstance)
                .map(Scalar.class::cast)
                .filter(scalar -> !scalar.isNull())
                .map(Scalar::text);
    }

    /** Where a job key is written: at its value, or at the nearest mapping above it if it is not there. */
    Place placeOf(String key) {
        Mapping mapping = job;
        for (String part : key.split("\\.", -1)) {
            Optional<Mapping.Entry> entry = mapping.entry(part);
            if (entry.isEmpty()) {
                return mapping.place();
            }
            if (!(entry.get().value() instanceof Mapping below)) {
                return entry.get().value().place();
            }
            mapping = below;
        }
        return mapping.place();
    }
}
