package dev.headroom.model.pytorch.bitsandbytes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearProduct;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What an 8-bit layer holds, and that it keeps its inputs. */
final class Linear8bitTest {
    private static final long OUTPUTS = 1024;
    private static final long INPUTS = 512;

    private final ProgramRecorder recorder = new ProgramRecorder(1, 8);
    private final Autograd autograd = new Autograd(recorder, 132, 2048);
    private final Aten aten = new Aten(autograd, ComputeCapability.HOPPER);

    private long liveBytes() {
        StepProgram program = recorder.finish();
        return Arrays.stream(program.liveAt(program.eventCount() - 1))
                .mapToLong(program::requestedBytes)
                .sum();
    }

    @Test
    void load_anyMatrix_holdsAByteAnElementAndAScaleARow() {
        Quantizers.eightBit(aten).load("layer", Shape.of(OUTPUTS, INPUTS));
        assertThat(liveBytes()).isEqualTo(OUTPUTS * INPUTS + 4 * OUTPUTS);
    }

    @Test
    void forward_inputsThatNeedGradients_areKeptBesideTheOutput() {
        LinearProduct layer = Quantizers.eightBit(aten)
                .load("layer", Shape.of(OUTPUTS, INPUTS))
                .withBias(null);
        long before = liveBytes();
        Tensor x = autograd.allocate(Shape.of(1, 8, INPUTS), DType.BFLOAT16, "input");
        autograd.requireGradient(x);
        autograd.own(layer.of(x));
        assertThat(liveBytes() - before).isEqualTo(8 * INPUTS * 2 + 8 * OUTPUTS * 2);
    }
}
