package dev.headroom.validation.dl4j;

import java.util.Optional;
import java.util.OptionalLong;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.deeplearning4j.nn.conf.memory.NetworkMemoryReport;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What DL4J's {@code NetworkMemoryReport} says of training a network.
 *
 * @param bytes its total; empty if it fails
 * @param failure the exception with which it fails
 * @param parts layers and vertices of the network
 * @param silentParts those whose own reports fail
 * @param partsBytes the sum of the others
 */
record Dl4jReport(OptionalLong bytes, Optional<String> failure, int parts, int silentParts, long partsBytes) {
    static Dl4jReport of(Dl4jNetwork network) {
        NetworkMemoryReport report = network.configuration().getMemoryReport(network.inputType());
        OptionalLong total = OptionalLong.empty();
        Optional<String> failure = Optional.empty();
        try {
            total = OptionalLong.of(bytes(report, network));
        } catch (NullPointerException | IllegalStateException e) {
            failure = Optional.of(e.getClass().getSimpleName());
        }
        int silent = 0;
        long sum = 0;
        for (MemoryReport part : report.getLayerAndVertexReports().values()) {
            try {
                sum = Math.addExact(sum, bytes(part, network));
            } catch (NullPointerException | IllegalStateException e) {
                silent++;
            }
        }
        return new Dl4jReport(total, failure, report.getLayerAndVertexReports().size(), silent, sum);
    }

    private static long bytes(MemoryReport report, Dl4jNetwork network) {
        return report.getTotalMemoryBytes(network.examples(), MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT);
    }
}
