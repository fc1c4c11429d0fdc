package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
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

    /** What is read for the file named {@code -}. */
    final InputStream standardInput() {
        return standardInput;
    }

    /** Models and cards. */
    final Catalogs catalogs() {
        return catalogs;
    }

    @Override
    public final Integer call() {
        checkOutputOptions();
        return run();
    }

    /** Does what the command is for, and gives its exit code. */
    abstract int run();
}
