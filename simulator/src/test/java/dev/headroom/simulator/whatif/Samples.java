package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.analytic.PeakFunction;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Headroom as a library: one sample a question. A job is described by its keys, as in a job file; {@link Catalogs} finds its
 * model and card; what is wrong with a job is one {@link InputException} with everything at once.
 */
final class Samples {
    private final Catalogs catalogs = new Catalogs();

    private final JobSource job = JobSource.empty()
            .with(JobKey.MODEL, "tinyllama-1.1b")
            .with(JobKey.METHOD, "lora")
            .with(JobKey.SEQUENCE_LENGTH, "1024")
            .withGpu("rtx-4090");

    @Test
    void sample01_estimate_howMuchDoesItTakeAndDoesItFit() {
        MemoryEstimate estimate = catalogs.workplace(job).estimate(job.read());

        assertThat(estimate.peakAllocated()).isLessThan(estimate.peakReserved());
        assertThat(estimate.verdict().orElseThrow().fits()).isTrue();
    }

    @Test
    void sample02_mistakes_areToldAllAtOnce() {
        Outcome outcome = Outcome.of(job.with(JobKey.RANK, "0").with(JobKey.WEIGHT_DTYPE, "fp23"), catalogs);

        assertThat(outcome.estimate()).isEmpty();
        assertThat(outcome.problems()).hasSize(2);
    }

    @Test
    void sample03_formula_millionsOfPointsInSeconds() {
        PeakFunction peak =
                MemoryModel.standard().peakFunction(catalogs.workplace(job).resolve(job.read()));

        assertThat(peak.at(4, 8192)).isGreaterThan(peak.at(1, 8192));
    }

    @Test
    void sample04_solver_theLongestContextOfACard() {
        Solver.Maximum longest = new Solver(catalogs).largest(job, JobKey.SEQUENCE_LENGTH);

        assertThat(longest.value()).isPresent();
        assertThat(longest.atNext()).isPresent(); // One token more was replayed, and does not fit.
    }

    @Test
    void sample05_sweep_everyCombinationAsAStream() {
        List<SweepRow> fitting = new ArrayList<>();
        Sweep.of(job)
                .with(catalogs)
                .over(Axis.of(JobKey.METHOD, List.of("full", "lora")))
                .over(Axis.ofRange(JobKey.SEQUENCE_LENGTH, 512, 4096, 512))
                .where(Filter.parse("seq <= 2048", Place.of("sample")))
                .rows(row -> {
                    if (row.figures().orElseThrow().fit() == Fit.YES) {
                        fitting.add(row);
                    }
                });

        assertThat(fitting).isNotEmpty();
    }

    @Test
    void sample06_advisor_whatWouldMakeItFit() {
        JobSource large = job.with(JobKey.SEQUENCE_LENGTH, "8192").with(JobKey.MICRO_BATCH, "4");

        Advice advice = new Advisor(catalogs).suggest(large);

        assertThat(advice.plan().orElseThrow().fits()).isTrue();
    }

    @Test
    void sample07_diff_whatAChangeIsMadeOf() {
        JobSource other = job.with(JobKey.ATTENTION, "eager");

        JobDiff diff = JobDiff.of(
                job,
                catalogs.workplace(job).estimate(job.read()),
                other,
                catalogs.workplace(other).estimate(other.read()));

        assertThat(diff.rows().get(0).delta().count()).isNegative(); // sdpa takes less.
    }
}
