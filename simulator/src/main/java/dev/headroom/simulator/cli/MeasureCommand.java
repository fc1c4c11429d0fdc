package dev.headroom.simulator.cli;

import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.NoDeviceException;
import dev.headroom.simulator.measurement.Trainer;
import dev.headroom.simulator.report.MeasurementJson;
import dev.headroom.simulator.whatif.Workplace;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/** {@code headroom measure}: trains a job on ND4J and writes down its memory. */
final class MeasureCommand extends JobCommand {
    private static final String BACKEND = "--backend";
    private static final String STEPS = "--steps";
    private static final String LIMIT = "--device-limit";
    private static final String ID = "--id";
    private static final String OUTPUT = "--output";
    private static final List<String> BACKENDS = List.of("cpu", "cuda");
    private static final int MOST_STEPS = 1000;

    MeasureCommand(InputStream standardInput) {
        super(
                standardInput,
                "measure",
                "Trains a job on ND4J for a few steps, measures its memory, and appends a record that 'reconcile' reads.",
                "  headroom measure --backend cpu --model smollm2-135m --seq 64 -o run.jsonl",
                "  headroom measure job.yaml --backend cuda --steps 5 -o run.jsonl");
        exitCodes(spec(), "0:done", "2:wrong usage or input, or no CUDA device");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        spec().addOption(option(BACKEND, "WHERE", "Where to train: cpu or cuda. Required."));
        spec().addOption(option(STEPS, "N", "Training steps. Default: 3."));
        spec().addOption(option(
                LIMIT, "BYTES", "Device memory after which it is out of memory, to emulate a smaller card."));
        spec().addOption(option(ID, "NAME", "Name of the record. Default: from the job and the time."));
        spec().addOption(OptionSpec.builder("-o", OUTPUT)
                .type(String.class)
                .paramLabel("FILE")
                .description("File of records, one JSON object a line, that is appended to. Required.")
                .build());
        JobOptions.addTo(spec(), Set.of(JobKey.RUNTIME));
    }

    @Override
    int run() {
        String backend = value(BACKEND)
                .orElseThrow(() -> new InputException(Place.of(BACKEND), "is missing", "Allowed: cpu, cuda."));
        if (!BACKENDS.contains(backend)) {
            throw unknownWord(BACKEND, backend, BACKENDS);
        }
        int steps = (int) number(STEPS, "3", MOST_STEPS);
        OptionalLong limit =
                value(LIMIT).isPresent() ? OptionalLong.of(number(LIMIT, "", Long.MAX_VALUE)) : OptionalLong.empty();
        Path output = Path.of(value(OUTPUT)
                .orElseThrow(() -> new InputException(Place.of("-o"), "is missing", "Name a file for the record.")));
        Path directory = output.toAbsolutePath().getParent();
        if (Files.isDirectory(output) || directory == null || !Files.isDirectory(directory)) {
            throw new InputException(Place.of("-o"), "'%s' cannot be written".formatted(output));
        }
        JobSource source = source(arguments().stream().findFirst())
                .with(JobKey.RUNTIME, Scalar.ofOption("--runtime", RuntimeKind.SAMEDIFF.id()));
        ResolvedJob job = resolve(source);
        PrintWriter err = spec().commandLine().getErr();
        Trainer.Request request = new Trainer.Request(job, steps, limit);
        Measurement measurement = train(backend, request, err);
        String id = value(ID).orElseGet(() -> name(backend, job));
        append(output, MeasurementJson.of(id, request, measurement));
        measurement.outOfMemory().ifPresent(message -> err.println("out of memory: " + message));
        err.println("%s: record '%s' written; 'headroom reconcile %s' compares it with the prediction."
                .formatted(output, id, output));
        return 0;
    }

    private ResolvedJob resolve(JobSource source) {
        try {
            Workplace workplace = workplace(source);
            return workplace.resolver().resolve(source.read(), workplace.model(), workplace.gpu());
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private static Measurement train(String backend, Trainer.Request request, PrintWriter err) {
        for (Trainer trainer : Trainer.all()) {
            if (trainer.backend().equals(backend)) {
                try {
                    return trainer.train(request, new StepProgress(request.steps(), err));
                } catch (NoDeviceException e) {
                    InputException exception = new InputException(
                            Place.of(BACKEND), String.valueOf(e.getMessage()), "Or train with --backend cpu.");
                    exception.initCause(e);
                    throw exception;
                }
            }
        }
        throw new InputException(
                Place.of(BACKEND),
                "there is no ND4J for '%s' here".formatted(backend),
                "Start it with the script 'headroom' of a checkout, which fetches ND4J.");
    }

    private long number(String option, String standard, long most) {
        String text = value(option).orElse(standard);
        try {
            long number = Long.parseLong(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // It is refused below.
        }
        throw new InputException(
                Place.of(option), "must be a whole number from 1 to %s, found '%s'".formatted(most, text));
    }

    /** A name that tells runs apart. */
    private static String name(String backend, ResolvedJob job) {
        return String.format(
                Locale.ROOT,
                "nd4j-%s-%s-%s-l%d-s%d-b%d-%d",
                backend,
                job.job().model(),
                job.job().method().name(),
                job.architecture().layers(),
                job.job().batch().sequenceLength(),
                job.job().batch().microBatch(),
                System.currentTimeMillis() / 1000);
    }

    /** In one write, so that there is a whole record or none. */
    private static void append(Path file, String line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            InputException exception = new InputException(Place.of("-o"), "'%s' cannot be written".formatted(file));
            exception.initCause(e);
            throw exception;
        }
    }
}
