package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Targets;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.Precision;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.whatif.Comparison.Crossover;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A grid has a cell for every method and length, survives bad ones, and brackets the end of a saving. */
final class ComparisonTest {
    private static final Method LORA = new Lora(64, Targets.ALL_LINEAR, 0.1, AdapterDtype.AUTO);
    private static final Workplace WORKPLACE = new Workplace(
            new ModelCatalog().architecture("tinyllama-1.1b", Place.of("test")),
            Optional.empty(),
            Bytes.ZERO,
            new JobResolver(new OverheadCatalog().all()));

    private static Contender contender(Method method) {
        return Contender.of(new FineTuningJob(
                "tinyllama-1.1b",
                method,
                new BatchShape(2, 1, false),
                new Precision(DType.FLOAT32, Optional.empty()),
                AttentionImplementation.EAGER,
                Checkpointing.NONE,
                LossKernel.STANDARD,
                OptionalInt.empty(),
                OptimizerKind.ADAMW,
                128,
                OptionalDouble.of(1),
                1,
                TrainingLoop.HOLDS_OUTPUTS,
                false,
                AllocatorSettings.STANDARD,
                OptionalInt.empty(),
                RuntimeKind.PYTORCH,
                SoftwareStack.NEWEST));
    }

    private static Comparison comparison(Integer... lengths) {
        return Comparison.of(List.of(contender(new FullFineTuning()), contender(LORA)), List.of(lengths), WORKPLACE);
    }

    @Test
    void of_grid_hasACellForEveryMethodAndLength() {
        Comparison grid = comparison(512, 256);

        assertThat(grid.cells().stream().map(cell -> cell.method() + cell.sequenceLength()))
                .containsExactly("full512", "lora512", "full256", "lora256");
        assertThat(grid.cell("lora", 256).sequenceLength()).isEqualTo(256);
    }

    @Test
    void savingRatio_ofReservedBytes_isTheShareNotTaken() {
        Comparison grid = comparison(512);
        double full =
                grid.cell("full", 512).estimate().orElseThrow().peakReserved().count();
        double lora =
                grid.cell("lora", 512).estimate().orElseThrow().peakReserved().count();

        assertThat(grid.savingRatio(grid.cell("lora", 512))).hasValue(1 - lora / full);
        assertThat(grid.savingRatio(grid.cell("full", 512))).isEmpty();
    }

    @Test
    void crossover_withinTheGrid_isBracketedToA64th() {
        Comparison grid = comparison(512, 1024, 2048, 4096);
        Crossover crossover = grid.crossovers().get(0);
        int above = crossover.above().orElseThrow();
        int below = crossover.below().orElseThrow();

        assertThat(below - above).isBetween(1, below / 64);
        Comparison ends = comparison(above, below);
        assertThat(ends.savingRatio(ends.cell("lora", above)).orElseThrow())
                .isGreaterThanOrEqualTo(Comparison.LEAST_SAVING_RATIO);
        assertThat(ends.savingRatio(ends.cell("lora", below)).orElseThrow()).isLessThan(Comparison.LEAST_SAVING_RATIO);
    }

    @Test
    void crossover_beyondTheGrid_isOpen() {
        assertThat(comparison(256, 512).crossovers())
                .containsExactly(new Crossover("lora", OptionalInt.of(512), OptionalInt.empty()));
        assertThat(comparison(4096).crossovers())
                .containsExactly(new Crossover("lora", OptionalInt.empty(), OptionalInt.of(4096)));
    }

    @Test
    void of_refusedCells_keepTheirReasons() {
        Method tooLarge = new Lora(1_000, Targets.ALL_LINEAR, 0, AdapterDtype.AUTO);
        Problem missing = Problem.unsupported("method.name", "no rule");

        Comparison grid = Comparison.of(
                List.of(
                        contender(new FullFineTuning()),
                        contender(tooLarge),
                        Contender.without("dora", List.of(missing))),
                List.of(128),
                WORKPLACE);

        assertThat(grid.cell("full", 128).estimate()).isPresent();
        assertThat(grid.cell("lora", 128).isInvalid()).isTrue();
        assertThat(grid.cell("dora", 128).problems()).containsExactly(missing);
        assertThat(grid.cell("dora", 128).isInvalid()).isFalse();
        assertThat(grid.crossovers()).isEmpty();
    }
}
