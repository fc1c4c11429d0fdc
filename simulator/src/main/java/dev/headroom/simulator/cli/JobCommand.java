package dev.headroom.simulator.cli;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.GpuEntry;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A command about a job, described by a file, by options, or by both: options win. */
abstract class JobCommand extends ReportCommand {
    private final InputStream standardInput;

    JobCommand(InputStream standardInput, String name, String description, String... examples) {
        super(name, description, examples);
        this.standardInput = standardInput;
    }

    /** The job as it is written in a file, if there is one, and in the options. */
    final JobSource source(Optional<String> file) {
        JobSource written = file.map(name -> JobFile.read(name, standardInput)).orElseGet(JobSource::empty);
        return JobOptions.apply(given(), written);
    }

    /**
     * Reads a job and finds its model and card in the catalogs.
     *
     * @throws InputException with every problem at once
     */
    static Workplace workplace(JobSource source) {
        Problems problems = new Problems();
        attempt(problems, source::read);
        Optional<Optional<Workplace>> workplace = attempt(problems, () -> surroundings(source));
        problems.throwIfAny();
        return workplace.orElseThrow().orElseThrow();
    }

    /**
     * Finds the model and card of a job in the catalogs; nothing if no model is named.
     *
     * @throws InputException with every problem at once
     */
    static Optional<Workplace> surroundings(JobSource source) {
        Problems problems = new Problems();
        Optional<Architecture> model = source.modelName()
                .flatMap(name -> attempt(problems, () -> new ModelCatalog().architecture(name.text(), name.place())));
        Optional<Gpu> gpu = attempt(problems, source::gpuName)
                .flatMap(name -> name)
                .flatMap(name -> attempt(problems, () -> new GpuCatalog().find(name.text(), name.place())))
                .map(GpuEntry::gpu);
        Optional<Bytes> reserve = attempt(problems, source::reservedBytes);
        problems.throwIfAny();
        JobResolver resolver = new JobResolver(new OverheadCatalog().all());
        return model.map(architecture -> new Workplace(architecture, gpu, reserve.orElseThrow(), resolver));
    }

    private static <T> Optional<T> attempt(Problems problems, Supplier<T> supplier) {
        try {
            return Optional.of(supplier.get());
        } catch (InputException e) {
            problems.addAll(e);
            return Optional.empty();
        }
    }

    /** The problems of a refused job, each where its key was written. */
    static InputException refusal(JobSource source, List<Problem> refused) {
        Problems problems = new Problems();
        for (Problem problem : refused) {
            Place place = source.placeOf(problem.key());
            String message = "'%s': %s".formatted(problem.key(), problem.message());
            if (problem.kind() == Problem.Kind.UNSUPPORTED) {
                problems.unsupported(place, message);
            } else {
                problems.invalid(place, message);
            }
        }
        return new InputException(problems.found());
    }

    @Override
    public final Integer call() {
        checkOutputOptions();
        return run();
    }

    /** Does what the command is for, and gives its exit code. */
    abstract int run();

    /** The same with the exception that brought them. */
    static InputException refusal(JobSource source, RefusedJobException refused) {
        InputException exception = refusal(source, refused.problems());
        exception.initCause(refused);
        return exception;
    }
}
