package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.report.CompareReport;
import dev.headroom.simulator.whatif.MethodGrid;
import java.io.InputStream;
import java.util.Set;

/** {@code headroom compare}: methods against sequence lengths. */
final class CompareCommand extends GridCommand {
    private static final String STANDARD_METHODS = "full,lora";

    CompareCommand(InputStream standardInput) {
        super(
                standardInput,
                "compare",
                "Compares methods at several sequence lengths: memory, what it is made of, what LoRA saves, and why.",
                "  headroom compare --model tinyllama-1.1b --seqs 512,1024,2048 --gpu a100-80gb",
                "  headroom compare job.yaml --seqs 512..4096..512 --format csv -o table.csv");
        exitCodes(spec(), "0:done, whatever fits or is unsupported");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        addAxes("Methods to compare. Default: " + STANDARD_METHODS + ".", "Default: the job's.");
        JobOptions.addTo(spec(), Set.of(JobKey.METHOD, JobKey.SEQUENCE_LENGTH));
        addOutputOptions(spec());
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        MethodGrid grid = MethodGrid.of(
                source,
                new MethodGrid.Axes(methods(STANDARD_METHODS), METHODS, lengths(source, 1), LENGTHS),
                catalogs()::surroundings);
        show(new CompareReport(grid.job(), grid.comparison()));
        return 0;
    }
}
