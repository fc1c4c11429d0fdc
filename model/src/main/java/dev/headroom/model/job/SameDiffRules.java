package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.TrainingLoop;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Which jobs SameDiff of ND4J 1.0.0-M1.1 can train, and of which of them the memory is known. */
final class SameDiffRules {
    /** Training loops that are SameDiff's. */
    static final Set<TrainingLoop> LOOPS =
            EnumSet.of(TrainingLoop.CLOSES_ARRAYS, TrainingLoop.SKIPS_FROZEN_GRADIENTS, TrainingLoop.ND4J_DEFAULTS);

    private static final Set<String> MODEL_TYPES = Set.of("llama", "mistral", "qwen2");

    private static final Set<OptimizerKind> OPTIMIZERS = EnumSet.of(
            OptimizerKind.ADAM,
            OptimizerKind.ADAMW,
            OptimizerKind.SGD,
            OptimizerKind.SGD_MOMENTUM,
            OptimizerKind.RMSPROP,
            OptimizerKind.ADAGRAD);

    private final FineTuningJob job;
    private final List<Problem> problems;

    private SameDiffRules(FineTuningJob job, List<Problem> problems) {
        this.job = job;
        this.problems = problems;
    }

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        new SameDiffRules(job, problems).check(model);
        if (job.precision().weights() != DType.FLOAT32) {
            warnings.add(
                    ("samediff keeps optimizer state in %s as well and has no loss scaling: it does not learn well, and"
                                    + " float16 overflows")
                            .formatted(job.precision().weights().longName()));
        }
        if (job.trainingLoop() == TrainingLoop.ND4J_DEFAULTS) {
            warnings.add(
                    "nd4j-defaults: bytes depend on the order of a hash set, which differs from process to process,"
                            + " and on when Java collects garbage; taken is the order of insertion, and no collection");
        }
    }

    private void check(Architecture model) {
        refuseUnless(
                MODEL_TYPES.contains(model.modelType()),
                "model",
                "no network of '%s' for samediff yet; there are llama, mistral and qwen2".formatted(model.modelType()));
        refuseUnless(
                job.method() instanceof FullFineTuning || job.method() instanceof Lora,
                "method.name",
                "no rule for '%s' under samediff yet; there are full and lora"
                        .formatted(job.method().name()));
        if (job.method() instanceof Lora lora) {
            refuseUnless(
                    lora.beside().equals(TrainedBeside.NOTHING),
                    "method.bias",
                    "no rule for what trains beside LoRA under samediff yet");
            refuseUnless(lora.ranks().isEmpty(), "method.rankPattern", "no rule for ranks by layer under samediff yet");
            refuseUnless(
                    lora.adapterDtype() != AdapterDtype.FP32 || job.precision().weights() == DType.FLOAT32,
                    "method.adapterDtype",
                    "samediff cannot mix element types in a product; adapters have the weights' type");
        }
        refuseUnless(
                LOOPS.contains(job.trainingLoop()),
                "trainingLoop",
                "'%s' is a loop of pytorch; samediff has closes-arrays, skips-frozen-gradients and nd4j-defaults"
                        .formatted(job.trainingLoop().id()));
        refuseUnless(
                job.trainingLoop() != TrainingLoop.SKIPS_FROZEN_GRADIENTS || job.method() instanceof Lora,
                "trainingLoop",
                "skips-frozen-gradients needs frozen weights; full fine-tuning has none");
        refuseUnless(
                OPTIMIZERS.contains(job.optimizer()),
                "optimizer",
                "ND4J has no '%s'; it has adam, adamw (Adam with weight decay), sgd, sgd-momentum, rmsprop and adagrad"
                        .formatted(job.optimizer().id()));
        refuseUnless(
                job.attention() == AttentionImplementation.EAGER,
                "attention",
                "samediff has no '%s'; use eager".formatted(job.attention().id()));
        refuseUnless(!job.checkpointing().isOn(), "checkpointing", "samediff cannot recompute activations");
        refuseUnless(job.mlpTiles().isEmpty(), "mlpTiles", "samediff has no tiled MLP");
        refuseUnless(job.lossKernel() == LossKernel.STANDARD, "lossKernel", "samediff has the standard loss only");
        refuseUnless(
                job.precision().autocast().isEmpty(), "autocastDtype", "samediff has no automatic mixed precision");
        refuseUnless(job.maxGradNorm().isEmpty(), "maxGradNorm", "samediff cannot clip gradients; use none");
        refuseUnless(
                job.gradientAccumulation() == 1,
                "gradientAccumulation",
                "samediff updates parameters as soon as a gradient is there; it cannot accumulate");
        refuseUnless(!job.batch().padded(), "paddedBatch", "no rule for padded batches under samediff yet");
        refuseUnless(!job.useCache(), "useCache", "samediff has no key-value cache");
        refuseUnless(
                job.allocator().equals(AllocatorSettings.STANDARD),
                "expandableSegments",
                "ND4J has no caching allocator to be set");
        refuseUnless(job.precision().quantization().isEmpty(), "quantization.kind", "samediff cannot quantize weights");
    }

    private void refuseUnless(boolean accepted, String key, String message) {
        if (!accepted) {
            problems.add(Problem.unsupported(key, message));
        }
    }
}
