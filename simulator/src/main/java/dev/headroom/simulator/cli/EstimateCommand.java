package dev.headroom.simulator.cli;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.platform.Gpu;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.EstimateReport;
import dev.headroom.simulator.report.KubernetesReport;
import dev.headroom.simulator.whatif.Solver;
import dev.headroom.simulator.whatif.Workplace;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code headroom estimate}: the memory of one job. */
final class EstimateCommand extends JobCommand {
    private static final String GPUS = "--gpus";
    private static final String KUBERNETES = "k8s";

    EstimateCommand(InputStream standardInput) {
        super(
                standardInput,
                "estimate",
                "Says how much memory a job takes, where it goes, and whether it fits a card.",
                "  headroom estimate --model llama-3.1-8b --seq 2048 --gpu a100-80gb",
                "  headroom estimate job.yaml --format k8s --gpus h100-80gb,h200");
        exitCodes(spec(), "0:done; it fits", "3:it does not fit the card of --gpu, or with k8s, no card");
        spec().addPositional(argument(0, "JOB", "Job file, YAML or JSON; - reads stdin. Options win over it."));
        JobOptions.addTo(spec(), Set.of());
        spec().addOption(option(
                GPUS, "LIST", "With --format k8s, cards to choose the smallest from. Default: --gpu, or all."));
        addOutputOptions(spec(), "table, json, csv, markdown, or k8s (a pod's resources)");
    }

    private boolean isKubernetes() {
        return value(FORMAT).filter(KUBERNETES::equals).isPresent();
    }

    @Override
    void checkOutputOptions() {
        if (!isKubernetes()) {
            super.checkOutputOptions();
            if (value(GPUS).isPresent()) {
                throw new InputException(
                        Place.of(GPUS),
                        "means something with --format k8s only",
                        "Maybe 'headroom solve --smallest-gpu'?");
            }
        }
    }

    @Override
    int run() {
        JobSource source = source(arguments().stream().findFirst());
        Workplace workplace = workplace(source);
        try {
            if (isKubernetes()) {
                return kubernetes(source, workplace);
            }
            MemoryEstimate estimate = workplace.estimate(source.read());
            show(new EstimateReport(estimate));
            boolean fits = estimate.verdict().map(MemoryEstimate.Verdict::fits).orElse(true);
            return fits ? 0 : Failures.DOES_NOT_FIT;
        } catch (RefusedJobException e) {
            throw source.refused(e);
        }
    }

    private int kubernetes(JobSource source, Workplace workplace) {
        Optional<String> list = value(GPUS);
        List<Gpu> candidates = list.isPresent()
                ? catalogs().gpus(Scalar.ofOption(GPUS, list.get()))
                : workplace.gpu().map(List::of).orElseGet(catalogs()::gpus);
        Solver.SmallestGpu answer = new Solver(catalogs()).smallestGpu(source, candidates);
        if (answer.gpu().isEmpty()) {
            spec().commandLine()
                    .getErr()
                    .printf("It fits none of %d cards; 'headroom advise' says what would help.%n", candidates.size());
            return Failures.DOES_NOT_FIT;
        }
        print(KubernetesReport.yaml(answer, workplace.reserve()));
        return 0;
    }
}
