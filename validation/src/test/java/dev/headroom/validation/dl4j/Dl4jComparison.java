package dev.headroom.validation.dl4j;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Architecture.Biases;
import dev.headroom.model.architecture.Architecture.Positions;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Targets;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.measurement.Trainer;
import dev.headroom.validation.Silence;
import dev.headroom.validation.TinyJobs;
import dev.headroom.validation.measure.CpuTrainer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One network of DL4J: what DL4J says, what it takes; and the decoder of the same dimensions that Headroom knows, predicted and
 * trained on the same machine.
 *
 * @param network the network
 * @param report what DL4J's report says
 * @param training what it takes
 * @param headroom Headroom's decoder; empty where it knows none like it
 */
record Dl4jComparison(Dl4jNetwork network, Dl4jReport report, Dl4jTraining training, Optional<Headroom> headroom) {
    /**
     * Headroom's side [bytes].
     *
     * @param predicted live arrays at the peak, predicted
     * @param measured the same, measured
     */
    record Headroom(long predicted, long measured) {}

    static Dl4jComparison of(Dl4jNetwork network) {
        return new Dl4jComparison(network, Dl4jReport.of(network), Dl4jTraining.of(network), headroom(network));
    }

    private static Optional<Headroom> headroom(Dl4jNetwork network) {
        if (!network.attention()) {
            return Optional.empty();
        }
        TinyJobs like = TinyJobs.full().shaped(1, Dl4jNetwork.LENGTH);
        ResolvedJob job = (network.lora()
                        ? like.with(new Lora(Dl4jNetwork.RANK, Targets.of("mlp"), 0, AdapterDtype.AUTO))
                        : like)
                .on(architecture());
        long predicted =
                MemoryModel.standard().estimate(job, Bytes.ZERO).peakAllocated().count();
        long measured = new CpuTrainer()
                .train(new Trainer.Request(job, 2, OptionalLong.empty()), new Silence())
                .peakAllocated();
        return Optional.of(new Headroom(predicted, measured));
    }

    private static Architecture architecture() {
        return new Architecture(
                "llama",
                Dl4jNetwork.HIDDEN,
                Dl4jNetwork.INTERMEDIATE,
                Dl4jNetwork.LAYERS,
                new AttentionHeads(
                        Dl4jNetwork.HEADS,
                        Dl4jNetwork.HEADS,
                        Dl4jNetwork.HIDDEN / Dl4jNetwork.HEADS,
                        OptionalLong.empty()),
                Dl4jNetwork.VOCABULARY,
                new Biases(false, false, false),
                false,
                new Positions(Positions.Kind.ROTARY, 2048));
    }
}
