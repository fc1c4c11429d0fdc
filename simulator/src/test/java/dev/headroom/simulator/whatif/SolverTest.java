package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryAnswers;
import dev.headroom.model.MemoryEstimate;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.whatif.Solver.Crossover;
import dev.headroom.simulator.whatif.Solver.Maximum;
import dev.headroom.simulator.whatif.Solver.SmallestGpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers are confirmed by replay: they fit, and one more does not. */
final class SolverTest {
    private final Solver solver = new Solver();

    private static boolean fits(JobSource job) {
        return Outcome.of(job, new Catalogs()).fits();
    }

    @ParameterizedTest
    @EnumSource(
            value = JobKey.class,
            names = {"SEQUENCE_LENGTH", "MICRO_BATCH"})
    void largest_lengthOrBatch_fitsAndOneMoreDoesNot(JobKey key) {
        JobSource job = Jobs.on("rtx-3060-12gb", Jobs.small());

        Maximum maximum = solver.largest(job, key);

        int value = maximum.value().orElseThrow();
        assertThat(value).isGreaterThan(1);
        assertThat(fits(job.with(key, Integer.toString(value)))).isTrue();
        assertThat(fits(job.with(key, Integer.toString(value + 1)))).isFalse();
        assertThat(maximum.atNext().flatMap(MemoryAnswers::verdict).map(MemoryEstimate.Verdict::fits))
                .contains(false);
        assertThat(maximum.limit()).isEmpty();
    }

    @Test
    void largest_rank_endsAtTheMatrixWhereMemoryDoesNot() {
        Maximum maximum = solver.largest(Jobs.on("h200", Jobs.small()), JobKey.RANK);

        assertThat(maximum.value()).hasValue(256);
        assertThat(maximum.limit().orElseThrow()).contains("257 is larger than the matrix it adapts");
    }

    @Test
    void largest_learnedPositions_endsAtTheirNumber() {
        JobSource job =
                Jobs.on("h200", Jobs.small().with(JobKey.MODEL, "opt-125m").with(JobKey.SEQUENCE_LENGTH, "8"));

        Maximum maximum = solver.largest(job, JobKey.SEQUENCE_LENGTH);

        assertThat(maximum.value()).hasValue(2048);
        assertThat(maximum.limit().orElseThrow()).contains("2049 is beyond the 2048 learned positions");
    }

    @Test
    void largest_modelTooLargeForTheCard_hasNoValue() {
        JobSource job = Jobs.on(
                "rtx-3060-12gb",
                JobSource.empty().with(JobKey.MODEL, "llama-3.1-8b").with(JobKey.SEQUENCE_LENGTH, "8"));

        assertThat(solver.largest(job, JobKey.SEQUENCE_LENGTH).value()).isEmpty();
    }

    @Test
    void largest_withoutCard_isRefused() {
        assertThatThrownBy(() -> solver.largest(Jobs.small(), JobKey.MICRO_BATCH))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("a card is needed");
    }

    @Test
    void smallestGpu_wholeCatalog_isTheFirstThatFits() {
        SmallestGpu answer = solver.smallestGpu(
                JobSource.empty().with(JobKey.MODEL, "tinyllama-1.1b").with(JobKey.SEQUENCE_LENGTH, "2048"),
                new Catalogs().gpus());

        assertThat(answer.estimate().flatMap(MemoryEstimate::verdict).map(MemoryEstimate.Verdict::fits))
                .contains(true);
        assertThat(answer.tried().stream()
                        .filter(tried -> tried.headroomBytes().orElse(-1) >= 0)
                        .count())
                .isEqualTo(1);
        assertThat(answer.tried().get(answer.tried().size() - 1).gpu())
                .isEqualTo(answer.gpu().orElseThrow());
    }

    @Test
    void crossover_loraAgainstFull_savesAsMuchBeforeAndLessAt() {
        JobSource lora = Jobs.small().with(JobKey.WEIGHT_DTYPE, "fp32").with(JobKey.ATTENTION, "eager");

        Crossover crossover = solver.crossover(lora, lora.with(JobKey.METHOD, "full"), 0.10, 8192);

        assertThat(crossover.length()).isPresent();
        assertThat(crossover.before().orElseThrow().allocatedSavingRatio()).isGreaterThanOrEqualTo(0.10);
        assertThat(crossover.at().allocatedSavingRatio()).isLessThan(0.10);
        assertThat(crossover.at().length())
                .isEqualTo(crossover.before().orElseThrow().length() + 1);
    }
}
