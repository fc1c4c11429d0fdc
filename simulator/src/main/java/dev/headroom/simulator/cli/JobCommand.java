package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.Catalogs;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A command about a job, described by a file, by options, or by both: options win. */
abstract class JobCommand extends ReportCommand {
    private final InputStream standardInput;
    private @Nullable Catalogs catalogs;

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
        return catalogs().workplace(source);
    }

    /** What is read for the file named {@code -}. */
    final InputStream standardInput() {
        return standardInput;
    }

    /** Models, cards, and what processes hold on them. */
    final Catalogs catalogs() {
        Catalogs known = catalogs;
        if (known == null) {
            known = new Catalogs(JobOptions.calibrated(given()));
            catalogs = known;
        }
        return known;
    }

    @Override
    public final Integer call() {
        checkOutputOptions();
        return run();
    }

    /** Does what the command is for, and gives its exit code. */
    abstract int run();
}
