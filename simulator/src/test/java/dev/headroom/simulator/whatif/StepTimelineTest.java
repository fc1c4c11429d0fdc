package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.explain.StepTimeline;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Phase;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timeline of a step agrees with the estimate of the same job. */
final class StepTimelineTest {
    private static final Workplace WORKPLACE = new Workplace(
            new ModelCatalog().architecture("qwen2.5-0.5b", Place.of("test")),
            Optional.empty(),
            Bytes.ZERO,
            new JobResolver(new OverheadCatalog().all()));

    private static FineTuningJob job(String method, String accumulation) {
        JobSource source = JobSource.empty();
        for (String[] entry : new String[][] {
            {"model", "qwen2.5-0.5b"}, {"sequenceLength", "256"}, {"gradientAccumulation", accumulation}
        }) {
            source = source.with(JobKey.ofPath(entry[0]).orElseThrow(), Scalar.ofOption(entry[0], entry[1]));
        }
        return source.withMethod(Scalar.ofOption("method", method)).read();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"full", "lora"})
    void peak_everyMethod_isTheEstimatesPeak(String method) {
        MemoryEstimate estimate = WORKPLACE.estimate(job(method, "1"));
        StepTimeline timeline = WORKPLACE.stepTimeline(job(method, "1"));
        StepTimeline.Sample peak = timeline.peak();

        assertThat(timeline.step()).isEqualTo(estimate.peak().step());
        assertThat(peak.allocatedBytes()).isEqualTo(estimate.peakAllocated().count());
        for (Category category : new Category[] {
            Category.FROZEN_WEIGHTS, Category.GRADIENTS, Category.SAVED_ACTIVATIONS, Category.ALLOCATOR_ROUNDING
        }) {
            assertThat(peak.liveBytes().getOrDefault(category, 0L))
                    .as(category.id())
                    .isEqualTo(estimate.bytesOf(category).count());
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"full", "lora"})
    void samples_everyMethod_addUpAndStayBelowReserved(String method) {
        assertThat(WORKPLACE.stepTimeline(job(method, "1")).samples())
                .hasSizeBetween(100, 601)
                .allSatisfy(sample -> {
                    assertThat(sample.liveBytes().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum())
                            .isEqualTo(sample.allocatedBytes());
                    assertThat(sample.allocatedBytes()).isLessThanOrEqualTo(sample.reservedBytes());
                    assertThat(sample.liveBytes().values()).allMatch(bytes -> bytes >= 0);
                });
    }

    @Test
    void samples_fewerWanted_thePeakStays() {
        StepTimeline timeline = WORKPLACE.stepTimeline(job("lora", "1"), 40);

        assertThat(timeline.samples()).hasSizeBetween(30, 40);
        assertThat(timeline.peak().allocatedBytes())
                .isEqualTo(WORKPLACE.stepTimeline(job("lora", "1")).peak().allocatedBytes());
    }

    @ParameterizedTest(name = "{0} micro-batches")
    @ValueSource(strings = {"1", "3"})
    void phases_everyStep_coverItWithoutGaps(String accumulation) {
        StepTimeline timeline = WORKPLACE.stepTimeline(job("lora", accumulation));
        int at = 0;
        for (StepTimeline.Stretch stretch : timeline.phases()) {
            assertThat(stretch.from()).isEqualTo(at);
            at = stretch.to();
        }

        assertThat(at).isEqualTo(timeline.events());
        assertThat(timeline.phases().stream().filter(stretch -> stretch.phase() == Phase.BACKWARD))
                .hasSize(Integer.parseInt(accumulation));
    }
}
