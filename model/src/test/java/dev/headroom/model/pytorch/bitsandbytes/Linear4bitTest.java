package dev.headroom.model.pytorch.bitsandbytes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearProduct;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.Quantization;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a 4-bit layer holds, and what its forward and backward allocate, in order. */
final class Linear4bitTest {
    private static final long OUTPUTS = 1024;
    private static final long INPUTS = 512;
    private static final long ELEMENTS = OUTPUTS * INPUTS;
    private static final long BLOCKS = ELEMENTS / 64;

    private final ProgramRecorder recorder = new ProgramRecorder(1, 8);
    private final Autograd autograd = new Autograd(recorder, 132, 2048);
    private final Aten aten = new Aten(autograd, ComputeCapability.HOPPER);

    private LinearProduct load(boolean doubleQuant, String version) {
        Quantization quantization = new Quantization(
                Quantization.Kind.NF4,
                doubleQuant,
                Optional.of(DType.BFLOAT16),
                Quantization.Upcast.ALL,
                OptionalInt.empty());
        BitsandbytesRules rules = BitsandbytesRules.ALL.stream()
                .filter(known -> known.version().equals(version))
                .findFirst()
                .orElseThrow();
        return Quantizers.fourBit(aten, quantization, DType.BFLOAT16, rules)
                .load("layer", Shape.of(OUTPUTS, INPUTS))
                .withBias(null);
    }

    private static long frozenBytes(StepProgram program) {
        return Arrays.stream(program.liveAt(program.eventCount() - 1))
                .filter(tensor -> program.origin(tensor).category() == Category.FROZEN_WEIGHTS)
                .mapToLong(program::requestedBytes)
                .sum();
    }

    private static List<String> operations(StepProgram program, int from) {
        List<String> operations = new ArrayList<>();
        for (int tensor = from; tensor < program.tensorCount(); tensor++) {
            operations.add(program.origin(tensor).operation() + " " + program.requestedBytes(tensor));
        }
        return operations;
    }

    private int forwardAndBackward(LinearProduct layer, DType inputs) {
        Tensor x = autograd.own(autograd.allocate(Shape.of(1, 8, INPUTS), inputs, "input"));
        int first = recorder.finish().tensorCount();
        autograd.requireGradient(x);
        Tensor out = autograd.own(layer.of(x));
        Tensor gradient = autograd.own(autograd.allocate(out.shape(), out.dtype(), "gradient"));
        autograd.backward(out, gradient);
        return first;
    }

    @Test
    void load_plain_holdsHalfABytePerElementAndAScalePerBlock() {
        load(false, "0.43");
        assertThat(frozenBytes(recorder.finish())).isEqualTo(ELEMENTS / 2 + 4 * BLOCKS + 16 * 4);
    }

    @Test
    void load_doubleQuant_holdsAByteForEachScaleAndAScalePerBlockOfThem() {
        load(true, "0.43");
        long sharedCode = 256 * 4;
        assertThat(frozenBytes(recorder.finish()))
                .isEqualTo(ELEMENTS / 2 + BLOCKS + 4 * BLOCKS / 256 + 16 * 4 + 4 + sharedCode);
    }

    @Test
    void forward_float32InputsSince048_areComputedInTheConfiguredType() {
        LinearProduct layer = load(true, "0.49");
        int first = forwardAndBackward(layer, DType.FLOAT32);
        assertThat(operations(recorder.finish(), first))
                .containsExactly(
                        "ToCopyBackward0 " + 8 * INPUTS * 2,
                        "bitsandbytes::dequantize_blockwise " + BLOCKS * 4,
                        "bitsandbytes::dequantize_4bit " + ELEMENTS * 2,
                        "MmBackward0 " + 8 * OUTPUTS * 2,
                        "cublas workspace 33554432",
                        "ToCopyBackward0 " + 8 * OUTPUTS * 4,
                        "gradient " + 8 * OUTPUTS * 4,
                        "ToCopyBackward0 " + 8 * OUTPUTS * 2,
                        "bitsandbytes::dequantize_blockwise " + BLOCKS * 4,
                        "bitsandbytes::dequantize_4bit " + ELEMENTS * 2,
                        "MatMul4Bit " + 8 * INPUTS * 2,
                        "cublas workspace 33554432",
                        "ToCopyBackward0 " + 8 * INPUTS * 4);
    }

    @Test
    void forward_float32InputsBefore048_takeTheMatrixToFloat32() {
        LinearProduct layer = load(true, "0.43");
        int first = forwardAndBackward(layer, DType.FLOAT32);
        assertThat(operations(recorder.finish(), first))
                .startsWith(
                        "bitsandbytes::dequantize_blockwise " + BLOCKS * 4,
                        "bitsandbytes::dequantize_4bit " + ELEMENTS * 2,
                        "ToCopyBackward0 " + ELEMENTS * 4,
                        "MmBackward0 " + 8 * OUTPUTS * 4);
    }

    @Test
    void computeType_float16Inputs_isTheConfiguredOneInEveryVersion() {
        assertThat(new ComputeType(DType.FLOAT32, true).of(DType.FLOAT16)).isEqualTo(DType.FLOAT32);
        assertThat(new ComputeType(DType.FLOAT16, true).of(DType.BFLOAT16)).isEqualTo(DType.BFLOAT16);
        assertThat(new ComputeType(DType.FLOAT16, false).of(DType.BFLOAT16)).isEqualTo(DType.FLOAT16);
    }
}
