package dev.headroom.simulator.cli;

import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** A command about a job, described by a file, by options, or by both: options win. */
abstract class JobCommand extends ReportCommand {
    private final InputStream standardInput;
    private final Catalogs catalogs = new Catalogs();

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
    final Workplace workplace(JobSource source) {
        return catalogs.workplace(source);
    }

    /** Models and cards. */
    final Catalogs catalogs() {
        return catalogs;
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
