package dev.headroom.model.pytorch.gptq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.quantity.Shape;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a GPTQ layer holds. */
final class GptqLinearTest {
    private static final long OUTPUTS = 1024;
    private static final long INPUTS = 512;

    private static long loadedBytes(OptionalInt groupSize) {
        ProgramRecorder recorder = new ProgramRecorder(1, 8);
        Aten aten = new Aten(new Autograd(recorder, 132, 2048), ComputeCapability.HOPPER);
        GptqLinear.loader(aten, groupSize, AdapterForm.LINEAR).load("layer", Shape.of(OUTPUTS, INPUTS));
        StepProgram program = recorder.finish();
        return Arrays.stream(program.liveAt(program.eventCount() - 1))
                .mapToLong(program::requestedBytes)
                .sum();
    }

    @Test
    void load_groupsOf128_haveAScaleAndAZeroPointPerOutput() {
        long groups = INPUTS / 128;
        assertThat(loadedBytes(OptionalInt.of(128)))
                .isEqualTo(OUTPUTS * INPUTS / 2 + groups * OUTPUTS * 2 + groups * OUTPUTS / 2 + INPUTS * 4);
    }

    @Test
    void load_withoutGroups_hasOneOfEachPerOutput() {
        assertThat(loadedBytes(OptionalInt.empty()))
                .isEqualTo(OUTPUTS * INPUTS / 2 + OUTPUTS * 2 + OUTPUTS / 2 + INPUTS * 4);
    }
}
