package dev.headroom.simulator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Which figures of the driver and of NVML a record has. */
final class MeasurementJsonTest {
    private static String record(Optional<Measurement.Nvml> nvml, Optional<String> outOfMemory) {
        Measurement measurement = new Measurement(
                Map.of("nd4j", "1.0.0-M1.1"),
                Map.of("os", "Linux"),
                Optional.of(new Measurement.Device("NVIDIA H200", 3L << 30)),
                10,
                20,
                30,
                Optional.of(new Measurement.Driver(100, 200, 300)),
                nvml,
                Map.of(),
                List.of(),
                outOfMemory);
        Trainer.Request request = new Trainer.Request(
                SampleEstimates.estimate(SampleEstimates.FULL, 512, 1 << 30).job(), 1, OptionalLong.empty());
        return MeasurementJson.of("one", request, measurement);
    }

    @Test
    void of_withoutNvml_hasNoSuchKeys() {
        assertThat(record(Optional.empty(), Optional.empty()))
                .contains("\"gpu\":{\"name\":\"NVIDIA H200\",\"memoryMiB\":3072}")
                .contains("\"contextBytes\":100,\"processAfterLoadBytes\":200,\"processBytes\":300")
                .doesNotContain("smi");
    }

    @Test
    void of_nvmlThatKnowsTheProcess_hasItsFigures() {
        Measurement.Nvml nvml = new Measurement.Nvml("580.1", OptionalLong.of(90), OptionalLong.of(290));

        assertThat(record(Optional.of(nvml), Optional.empty()))
                .contains("\"memoryMiB\":3072,\"driver\":\"580.1\"}")
                .contains("\"smiContextBytes\":90,\"smiProcessBytes\":290");
        assertThat(record(Optional.of(nvml), Optional.of("no more")))
                .contains("\"smiContextBytes\":90,\"reachedSmiProcessBytes\":290");
    }

    @Test
    void of_nvmlThatDoesNotKnowTheProcess_hasTheDriverAlone() {
        Measurement.Nvml nvml = new Measurement.Nvml("580.1", OptionalLong.empty(), OptionalLong.empty());

        assertThat(record(Optional.of(nvml), Optional.empty()))
                .contains("\"driver\":\"580.1\"")
                .doesNotContain("smi");
    }
}
