package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A diff is first − second, sums to the difference of the processes, and is zero for equal jobs. */
final class JobDiffTest {
    private static JobDiff diff(JobSource first, JobSource second) {
        return JobDiff.of(first, estimate(first), second, estimate(second));
    }

    private static MemoryEstimate estimate(JobSource job) {
        return Outcome.of(job, new Catalogs()).estimate().orElseThrow();
    }

    @Test
    void of_sameJob_isZeroEverywhere() {
        JobDiff diff = diff(Jobs.small(), Jobs.small());

        assertThat(diff.settings()).isEmpty();
        assertThat(diff.rows()).allMatch(row -> row.delta().count() == 0);
    }

    @Test
    void of_twoJobs_rowsSumToTheDifferenceAndTheBiggestComesFirst() {
        JobDiff diff = diff(Jobs.small().with(JobKey.METHOD, "full"), Jobs.small());

        List<Long> deltas = diff.rows().stream().map(row -> row.delta().count()).toList();
        assertThat(deltas.stream().mapToLong(Long::longValue).sum())
                .isEqualTo(
                        diff.first().process().count() - diff.second().process().count());
        assertThat(deltas.stream().map(Math::abs).toList()).isSortedAccordingTo((a, b) -> Long.compare(b, a));
        assertThat(diff.settings().stream().map(JobDiff.Setting::key)).contains("method.name", "method.rank");
    }

    @Test
    void of_reversed_hasOppositeSigns() {
        JobSource longer = Jobs.small().with(JobKey.SEQUENCE_LENGTH, "1024");

        assertThat(diff(longer, Jobs.small()).rows().get(0).delta().count())
                .isPositive()
                .isEqualTo(-diff(Jobs.small(), longer).rows().get(0).delta().count());
    }
}
