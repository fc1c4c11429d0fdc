package dev.headroom.simulator.web;

import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputProblem;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.report.SweepText;
import dev.headroom.simulator.whatif.Axis;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Filter;
import dev.headroom.simulator.whatif.Reading;
import dev.headroom.simulator.whatif.Sweep;
import dev.headroom.simulator.whatif.SweepFile;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Sweeps that are small enough for one request: the body is a sweep file in JSON. */
final class SweepQuestion {
    /** More rows are for a file: {@code headroom sweep} streams them. */
    private static final long MOST_POINTS = 20_000;

    /** Jobs that are recorded, each of which takes some hundredths of a second. */
    private static final long MOST_RECORDINGS = 200;

    private final Catalogs catalogs;
    private final ModelNames models;

    SweepQuestion(Catalogs catalogs, ModelNames models) {
        this.catalogs = catalogs;
        this.models = models;
    }

    String answer(String text) {
        Sweep sweep = sweep(file(text));
        SweepText format = SweepText.jsonLines(sweep.axes());
        StringBuilder rows = new StringBuilder();
        sweep.run(format::rows, bytes -> rows.append(new String(bytes, StandardCharsets.UTF_8)), (done, total) -> {});
        return rows.toString()
                .lines()
                .collect(Collectors.joining(",\n", "{\n\"schemaVersion\": 1,\n\"rows\": [\n", "\n]\n}\n"));
    }

    private static SweepFile file(String text) {
        JsonReader.read(new InputText(Body.NAME, text), new Problems()); // A sweep file may be YAML; a body may not.
        try {
            return SweepFile.read(
                    JobFile.STANDARD_INPUT, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        } catch (InputException e) {
            throw new InputException(e.problems().stream()
                    .map(problem -> new InputProblem(
                            problem.kind(), inBody(problem.place()), problem.message(), problem.hint()))
                    .toList());
        }
    }

    private static Place inBody(Place place) {
        return place.name().equals("<stdin>") ? new Place(Body.NAME, place.line(), place.column()) : place;
    }

    private Sweep sweep(SweepFile file) {
        Reading reading = file.reading().orElse(Reading.ANALYTIC);
        long points = 1;
        long recordings = 1;
        for (Axis axis : file.axes()) {
            points = product(points, axis.size());
            Optional<JobKey> key = axis.key();
            boolean sized = key.filter(one -> one == JobKey.SEQUENCE_LENGTH || one == JobKey.MICRO_BATCH)
                    .isPresent();
            if (!sized || reading == Reading.REPLAY) {
                recordings = product(recordings, axis.size());
            }
        }
        if (points > MOST_POINTS || recordings > MOST_RECORDINGS) {
            throw new RefusedRequest(
                    Reply.UNPROCESSABLE,
                    "the sweep is too large for a request: %s points, for which %s jobs are recorded; at most %d and %d. 'headroom sweep' has no such limit."
                            .formatted(
                                    points == Long.MAX_VALUE ? "countless" : points,
                                    recordings == Long.MAX_VALUE ? "countless" : recordings,
                                    MOST_POINTS,
                                    MOST_RECORDINGS));
        }
        Sweep sweep = Sweep.of(models.checked(file.base())).with(catalogs).by(reading);
        for (Axis axis : file.axes()) {
            checkModels(axis);
            sweep = sweep.over(axis);
        }
        for (Filter filter : file.filters()) {
            sweep = sweep.where(filter);
        }
        List<InputProblem> problems = sweep.problems();
        if (!problems.isEmpty()) {
            throw new InputException(problems);
        }
        return sweep;
    }

    private void checkModels(Axis axis) {
        if (axis.key().filter(key -> key == JobKey.MODEL).isPresent()) {
            for (long i = 0; i < axis.size(); i++) {
                models.id(Scalar.ofOption(axis.name(), axis.text(i)));
            }
        }
    }

    private static long product(long one, long other) {
        try {
            return Math.multiplyExact(one, other);
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }
}
