package dev.headroom.model.pytorch.transformers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Liger's loss: chunks of logits, and gradients in their place. */
final class LigerLossTest {
    private static final long VOCABULARY = 1000;
    private static final long HIDDEN = 64;
    private static final long TOKENS = 100;

    private final ProgramRecorder recorder = new ProgramRecorder(1, TOKENS);
    private final Autograd autograd = new Autograd(recorder, 132, 2048);
    private final Aten aten = new Aten(autograd, ComputeCapability.HOPPER);

    private Tensor hidden() {
        Shape shape = Shape.of(Extent.batch(1), Extent.sequence(TOKENS), Extent.of(HIDDEN));
        Tensor hidden = autograd.own(autograd.allocate(shape, DType.BFLOAT16, "hidden"));
        autograd.requireGradient(hidden);
        return hidden;
    }

    private Tensor weight(boolean trains) {
        Tensor weight = autograd.own(autograd.allocate(Shape.of(VOCABULARY, HIDDEN), DType.BFLOAT16, "weight"));
        if (trains) {
            autograd.requireGradient(weight);
        }
        return weight;
    }

    private Tensor loss(boolean weightTrains) {
        return autograd.own(new LigerLoss(aten, weight(weightTrains), ComputeCapability.HOPPER)
                .of(hidden(), LossReduction.MEAN)
                .loss());
    }

    private List<Long> bytesOf(String operation) {
        StepProgram program = recorder.finish();
        List<Long> bytes = new ArrayList<>();
        for (int tensor = 0; tensor < program.tensorCount(); tensor++) {
            if (program.origin(tensor).operation().equals(operation)) {
                bytes.add(program.requestedBytes(tensor));
            }
        }
        return bytes;
    }

    @Test
    void loss_vocabularySixteenTimesTheHiddenSize_hasChunksOfTheNextPowerOfTwo() {
        loss(false);
        // ceil(1000 / 64) = 16 parts; ceil(100 / 16) = 7 tokens, so chunks of 8: logits, then the product with the
        // weight.
        assertThat(bytesOf("MmBackward0")).hasSize(2 * 13).startsWith(8 * VOCABULARY * 2, 8 * HIDDEN * 2);
    }

    @Test
    void loss_afterForward_keepsGradientsAndNoLogits() {
        loss(true);
        StepProgram program = recorder.finish();
        long gradients = TOKENS * HIDDEN * 2 + VOCABULARY * HIDDEN * 2;
        long hiddenAndWeight = gradients;
        long live = Arrays.stream(program.liveAt(program.eventCount() - 1))
                .filter(tensor -> !program.origin(tensor).operation().endsWith("workspace"))
                .mapToLong(program::requestedBytes)
                .sum();
        assertThat(live).isEqualTo(hiddenAndWeight + gradients + 4);
    }

    @Test
    void backward_ofTheLoss_handsOverWhatWasSaved() {
        autograd.backward(loss(true));
        assertThat(bytesOf("LigerFusedLinearCrossEntropy").stream().filter(bytes -> bytes == VOCABULARY * HIDDEN * 2))
                .hasSize(1);
    }

    @Test
    void powerOfTwo_ofANumber_isTheLeastThatIsNotLess() {
        assertThat(LigerLoss.powerOfTwo(1)).isEqualTo(1);
        assertThat(LigerLoss.powerOfTwo(7)).isEqualTo(8);
        assertThat(LigerLoss.powerOfTwo(8)).isEqualTo(8);
    }
}
