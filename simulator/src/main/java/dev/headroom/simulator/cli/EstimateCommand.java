package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.report.EstimateReport;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.Set;

/** {@code headroom estimate}: the memory of one job. */
final class EstimateCommand extends JobCommand {
    EstimateCommand(InputStream standardInput) {
        super(
                standardInput,
                "estimate",
                "Says how much memory a job takes, where it goes, and whether it fits a card.",
                "  headroom estimate --model llama-3.1-8b --seq 2048 --gpu a100-80gb",
                "  headroom estimate job.yaml --batch 4 --format json");
        exitCodes(spec(), "0:done; it fits", "3:it does not fit the card of --gpu");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        JobOptions.addTo(spec(), Set.of());
        addOutputOptions(spec());
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        Workplace workplace = workplace(source);
        try {
            MemoryEstimate estimate = workplace.estimate(source.read());
            show(new EstimateReport(estimate));
            boolean fits = estimate.verdict().map(MemoryEstimate.Verdict::fits).orElse(true);
            return fits ? 0 : Failures.DOES_NOT_FIT;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }
}
