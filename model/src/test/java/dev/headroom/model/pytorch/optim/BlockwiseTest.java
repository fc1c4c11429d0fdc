package dev.headroom.model.pytorch.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.OptimizerKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The state that bitsandbytes' optimizers keep for parameters of different sizes. */
final class BlockwiseTest {
    private static final BlockwiseSettings BLOCKS_OF_256 = new BlockwiseSettings(256, Set.of("model.embed_tokens"));

    private final ProgramRecorder recorder = new ProgramRecorder(1, 8);
    private final Autograd autograd = new Autograd(recorder, 132, 2048);

    private Tensor parameter(String path, long elements) {
        try (Frame frame = autograd.enterModule(path)) {
            return autograd.own(
                    autograd.allocate(Shape.of(elements), DType.BFLOAT16, "parameter", Category.TRAINABLE_WEIGHTS));
        }
    }

    /** Names and bytes of the state after two steps. */
    private List<String> state(OptimizerKind kind, BlockwiseSettings settings, Tensor... parameters) {
        Optimizer optimizer =
                Optimizer.of(kind, autograd, List.of(List.of(parameters)), settings, new LowRankSettings(1, Set.of()));
        optimizer.step();
        optimizer.step();
        StepProgram program = recorder.finish();
        List<String> state = new ArrayList<>();
        for (int tensor = 0; tensor < program.tensorCount(); tensor++) {
            if (program.origin(tensor).category() == Category.OPTIMIZER_STATE) {
                state.add(program.origin(tensor).operation() + " " + program.requestedBytes(tensor));
            }
        }
        return state;
    }

    @Test
    void adamw8bit_largeParameter_hasAByteAndAShareOfAScalePerElementAndMoment() {
        assertThat(state(OptimizerKind.ADAMW_8BIT, BLOCKS_OF_256, parameter("a", 4096)))
                .containsExactly("qmap1 1024", "qmap2 1024", "state1 4096", "state2 4096", "absmax1 64", "absmax2 64");
    }

    @Test
    void adamw8bit_smallParameter_keepsFloat32() {
        assertThat(state(OptimizerKind.ADAMW_8BIT, BLOCKS_OF_256, parameter("a", 4095)))
                .containsExactly("state1 16380", "state2 16380");
    }

    @Test
    void adamw8bit_embeddingUnderTheTrainer_keepsFloat32() {
        assertThat(state(OptimizerKind.ADAMW_8BIT, BLOCKS_OF_256, parameter("model.embed_tokens", 8192)))
                .containsExactly("state1 32768", "state2 32768");
    }

    @Test
    void adamw8bit_blocksOf2048_haveFewerScales() {
        BlockwiseSettings before044 = new BlockwiseSettings(2048, Set.of());
        assertThat(state(OptimizerKind.ADAM_8BIT, before044, parameter("a", 8192)))
                .contains("absmax1 16", "absmax2 16");
    }

    @Test
    void pagedAdamw8bit_largeParameter_hasOnlyItsScalesInTheAllocator() {
        assertThat(state(OptimizerKind.PAGED_ADAMW_8BIT, BLOCKS_OF_256, parameter("a", 102_400)))
                .containsExactly("qmap1 1024", "qmap2 1024", "absmax1 1600", "absmax2 1600");
        assertThat(recorder.finish().managedBytes()).isEqualTo(2 * 102_400);
    }

    @Test
    void pagedAdamw_parameterBelow100000Elements_isNotPaged() {
        assertThat(state(OptimizerKind.PAGED_ADAMW, BLOCKS_OF_256, parameter("a", 99_999)))
                .containsExactly("state1 399996", "state2 399996");
        assertThat(recorder.finish().managedBytes()).isZero();
    }

    @Test
    void lion8bit_anyParameter_hasOneMoment() {
        assertThat(state(OptimizerKind.LION_8BIT, BLOCKS_OF_256, parameter("a", 4096)))
                .containsExactly("qmap1 1024", "state1 4096", "absmax1 64");
    }

    @Test
    void ademamix8bit_largeParameter_hasTwoAveragesInItsFirstState() {
        assertThat(state(OptimizerKind.ADEMAMIX_8BIT, BLOCKS_OF_256, parameter("a", 4096)))
                .containsExactly("qmap1 1024", "qmap2 1024", "absmax1 128", "absmax2 64", "state1 8192", "state2 4096");
    }

    @Test
    void pagedAdemamix_largeParameter_hasAllItsStateInManagedMemory() {
        assertThat(state(OptimizerKind.PAGED_ADEMAMIX, BLOCKS_OF_256, parameter("a", 102_400)))
                .isEmpty();
        assertThat(recorder.finish().managedBytes()).isEqualTo(3 * 4 * 102_400);
    }
}
