package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.whatif.Advice.Plan;
import dev.headroom.simulator.whatif.Advice.Suggestion;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Savings are differences of estimates, a plan fits and needs each of its steps, and nothing beats what is on the front. */
final class AdvisorTest {
    private static final JobSource TIGHT = Jobs.on(
            "rtx-3060-12gb",
            JobSource.empty()
                    .with(JobKey.MODEL, "tinyllama-1.1b")
                    .with(JobKey.SEQUENCE_LENGTH, "2048")
                    .with(JobKey.LAYERS, "6")
                    .with(JobKey.MICRO_BATCH, "8")
                    .with(JobKey.ATTENTION, "eager"));

    private final Catalogs catalogs = new Catalogs();
    private final Advisor advisor = new Advisor(catalogs);

    private boolean fits(JobSource job, List<Suggestion> steps) {
        JobSource changed = job;
        for (Suggestion step : steps) {
            changed = step.change().applyTo(changed);
        }
        return Outcome.of(changed, catalogs).fits();
    }

    @Test
    void suggest_eachChange_savesWhatTheEstimatesDiffer() {
        Advice advice = advisor.suggest(TIGHT);

        assertThat(advice.suggestions()).isNotEmpty();
        for (Suggestion suggestion : advice.suggestions()) {
            long after = Outcome.of(suggestion.change().applyTo(TIGHT), catalogs)
                    .estimate()
                    .orElseThrow()
                    .process()
                    .count();
            assertThat(suggestion.process().count())
                    .as(suggestion.change().id())
                    .isEqualTo(advice.before().process().count() - after);
            assertThat(suggestion.change().configuration()).isNotEmpty();
        }
        assertThat(advice.suggestions().stream()
                        .map(suggestion -> suggestion.change().id()))
                .contains("checkpoint-offload", "checkpointing-every-2", "chunked-loss", "liger-loss", "tiled-mlp");
        assertThat(advice.unsupported().stream().map(refused -> refused.change().id()))
                .contains("activation-offload");
    }

    @Test
    void outline_eachChange_isWhatIsRequestedAndNoMoreThanTheProcess() {
        AdviceOutline outline = advisor.outline(TIGHT);
        Advice advice = advisor.suggest(TIGHT);

        assertThat(outline.processAtLeast()).isLessThanOrEqualTo(advice.before().process());
        assertThat(outline.outlooks().stream().map(outlook -> outlook.change().id()))
                .containsExactlyInAnyOrderElementsOf(advice.suggestions().stream()
                        .map(suggestion -> suggestion.change().id())
                        .toList());
        for (AdviceOutline.Outlook outlook : outline.outlooks()) {
            Suggestion suggestion = advice.suggestions().stream()
                    .filter(one -> one.change().equals(outlook.change()))
                    .findFirst()
                    .orElseThrow();
            assertThat(outlook.requested().count())
                    .isEqualTo(outline.processAtLeast().count()
                            - outlook.processAtLeast().count());
            assertThat(outlook.processAtLeast())
                    .as(outlook.change().id())
                    .isLessThanOrEqualTo(suggestion.after().process());
            if (outlook.tooLarge()) {
                assertThat(suggestion.after().verdict().orElseThrow().fits()).isFalse();
            }
        }
        assertThat(outline.outlooks()).anyMatch(AdviceOutline.Outlook::tooLarge);
        assertThat(outline.outlooks().get(0).requested().count()).isPositive();
    }

    @Test
    void suggest_jobThatDoesNotFit_hasAPlanOfWhichEveryStepIsNeeded() {
        Plan plan = advisor.suggest(TIGHT).plan().orElseThrow();

        assertThat(plan.fits()).isTrue();
        assertThat(fits(TIGHT, plan.steps())).isTrue();
        for (Suggestion step : plan.steps()) {
            List<Suggestion> without =
                    plan.steps().stream().filter(other -> !other.equals(step)).toList();
            assertThat(fits(TIGHT, without)).as("without " + step.change().id()).isFalse();
        }
    }

    @Test
    void suggest_checkpointedJob_offersToOffloadItsCheckpoints() {
        JobSource checkpointed = TIGHT.with(JobKey.CHECKPOINTING, "non-reentrant");

        Suggestion offload = advisor.suggest(checkpointed).suggestions().stream()
                .filter(suggestion -> suggestion.change().id().equals("checkpoint-offload"))
                .findFirst()
                .orElseThrow();

        assertThat(offload.change().options()).isEqualTo("--checkpoint-offload");
        assertThat(offload.change().configuration().get(1)).contains("\"offload\": True");
    }

    @Test
    void suggest_jobThatFits_hasNoPlan() {
        assertThat(advisor.suggest(Jobs.on("h200", Jobs.small())).plan()).isEmpty();
    }

    @Test
    void advise_front_isBeatenByNothingOnIt() {
        List<Plan> front =
                advisor.advise(Jobs.on("rtx-3060-12gb", Jobs.small())).front();

        assertThat(front).isNotEmpty();
        for (Plan one : front) {
            for (Plan other : front) {
                boolean beats =
                        other.answers().process().compareTo(one.answers().process()) < 0
                                && other.time() <= one.time()
                                && other.risk() <= one.risk();
                assertThat(beats).isFalse();
            }
        }
    }
}
