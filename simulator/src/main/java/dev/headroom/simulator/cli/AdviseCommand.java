package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.report.AdviceReport;
import dev.headroom.simulator.whatif.Advice;
import dev.headroom.simulator.whatif.Advisor;
import java.io.InputStream;
import java.util.Set;

/** {@code headroom advise}: what to change about a job so that it fits. */
final class AdviseCommand extends JobCommand {
    AdviseCommand(InputStream standardInput) {
        super(
                standardInput,
                "advise",
                "Says what to change about a job so that it fits its card, what each change saves and costs.",
                "  headroom advise --model llama-3.1-8b --seq 8192 --gpu rtx-4090",
                "  headroom advise job.yaml --gpu a100-80gb --format json");
        exitCodes(spec(), "0:it fits, or a plan makes it fit", "3:nothing known makes it fit");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        JobOptions.addTo(spec(), Set.of());
        addOutputOptions(spec());
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        try {
            Advice advice = new Advisor(catalogs()).advise(source);
            show(new AdviceReport(advice));
            boolean fits =
                    advice.before().verdict().map(MemoryEstimate.Verdict::fits).orElse(true);
            return fits || advice.plan().isPresent() ? 0 : Failures.DOES_NOT_FIT;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }
}
