package dev.headroom.simulator.report;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.TrainingLoop;
import java.util.StringJoiner;

/** A job in words. */
public final class JobText {
    private JobText() {}

    /** Model, setting: what the methods of a comparison share. */
    public static String shared(FineTuningJob job) {
        return "%s, %s".formatted(job.model(), setting(job));
    }

    /** Model, method and setting, without the length. */
    public static String sentence(FineTuningJob job) {
        return "%s by %s, %s".formatted(job.model(), method(job), setting(job));
    }

    /** The whole job. */
    public static String atLength(FineTuningJob job) {
        return "%s by %s, %s tokens, %s"
                .formatted(job.model(), method(job), job.batch().sequenceLength(), setting(job));
    }

    /** What the job is, without its method and length: these vary within a comparison. */
    static String setting(FineTuningJob job) {
        StringJoiner text = new StringJoiner(", ");
        text.add("micro-batch " + job.batch().microBatch() + (job.batch().padded() ? " (padded)" : ""));
        text.add(job.precision().weights()
                + job.precision()
                        .autocast()
                        .map(type -> " (autocast " + type + ")")
                        .orElse(""));
        job.precision().quantization().ifPresent(quantization -> text.add("quantized to " + quantization));
        text.add(job.attention().id() + " attention");
        if (job.checkpointing().isOn()) {
            text.add(checkpointing(job.checkpointing()));
        }
        if (job.lossKernel() != LossKernel.STANDARD) {
            text.add(job.lossKernel().id() + " loss");
        }
        job.mlpTiles().ifPresent(tiles -> text.add("MLP in %d tiles".formatted(tiles)));
        text.add(job.optimizer().id() + (job.optimizer().isLowRank() ? " of rank " + job.optimizerRank() : ""));
        if (job.gradientAccumulation() > 1) {
            text.add(job.gradientAccumulation() + " micro-batches a step");
        }
        if (job.maxGradNorm().isEmpty()) {
            text.add("no gradient clipping");
        }
        text.add(
                job.trainingLoop() == TrainingLoop.TRANSFORMERS_TRAINER
                        ? "Trainer"
                        : "loop " + job.trainingLoop().id());
        if (job.useCache()) {
            text.add("key-value cache");
        }
        if (job.allocator().expandableSegments()) {
            text.add("expandable segments");
        }
        job.allocator().maxSplitSize().ifPresent(bytes -> text.add("blocks split below %d MiB".formatted(bytes >> 20)));
        job.allocator().memoryFraction().ifPresent(share -> text.add("at most %s of the card".formatted(share)));
        job.allocator()
                .collectionThreshold()
                .ifPresent(share -> text.add("garbage collected from %s of that".formatted(share)));
        return text.toString();
    }

    private static String checkpointing(Checkpointing setting) {
        return setting.kind().id()
                + " checkpointing"
                + (setting.everyNthLayer() > 1 ? " of one layer in " + setting.everyNthLayer() : "")
                + (setting.offloaded() ? " to the host" : "");
    }

    static String method(FineTuningJob job) {
        return job.method().description();
    }

    /** The versions whose rules were applied, and the card's compute capability. */
    public static String stack(ResolvedJob job) {
        StringJoiner text = new StringJoiner(", ");
        job.job().versions().forEach((library, version) -> text.add(library + " " + version));
        return "Computed for %s; compute capability %s.".formatted(text, job.computeCapability());
    }

    static String layers(ResolvedJob job) {
        int layers = job.architecture().layers();
        return layers + (layers == 1 ? " layer" : " layers");
    }
}
