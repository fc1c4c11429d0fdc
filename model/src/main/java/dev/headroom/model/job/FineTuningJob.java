package dev.headroom.model.job;

import dev.headroom.model.method.Method;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.Precision;
import dev.headroom.model.training.Quantization;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A fine-tuning job as its author describes it. It names its model by catalog id; {@link JobResolver} binds the rest.
 *
 * @param model catalog id of the model, or the name of a configuration file
 * @param method which parameters train
 * @param batch micro-batch and sequence length
 * @param precision element types of weights and computation
 * @param attention attention implementation
 * @param checkpointing which layers are recomputed in backward, and where what that takes is kept
 * @param lossKernel how the loss is computed
 * @param mlpTiles into how many parts the MLPs cut the tokens, if they do
 * @param optimizer the optimizer and its implementation
 * @param optimizerRank rank that an optimizer of low-rank gradients projects to
 * @param maxGradNorm norm to which gradients are clipped, if they are
 * @param gradientAccumulation micro-batches per optimizer step
 * @param trainingLoop what the loop keeps alive
 * @param useCache whether forward fills a key-value cache ({@code config.use_cache})
 * @param allocator what is set of the device memory allocator
 * @param layersOverride number of decoder layers instead of the model's own
 * @param runtime the framework
 * @param stack its versions
 */
public record FineTuningJob(
        String model,
        Method method,
        BatchShape batch,
        Precision precision,
        AttentionImplementation attention,
        Checkpointing checkpointing,
        LossKernel lossKernel,
        OptionalInt mlpTiles,
        OptimizerKind optimizer,
        int optimizerRank,
        OptionalDouble maxGradNorm,
        int gradientAccumulation,
        TrainingLoop trainingLoop,
        boolean useCache,
        AllocatorSettings allocator,
        OptionalInt layersOverride,
        RuntimeKind runtime,
        SoftwareStack stack) {

    /**
     * @throws IllegalArgumentException if a number is not positive
     */
    public FineTuningJob {
        if (gradientAccumulation < 1) {
            throw new IllegalArgumentException(
                    "gradientAccumulation (%d) must be at least 1".formatted(gradientAccumulation));
        }
        if (optimizerRank < 1) {
            throw new IllegalArgumentException("optimizerRank (%d) must be at least 1".formatted(optimizerRank));
        }
        if (maxGradNorm.isPresent() && !(maxGradNorm.getAsDouble() > 0)) {
            throw new IllegalArgumentException("maxGradNorm (%s) must be positive".formatted(maxGradNorm));
        }
        if (mlpTiles.isPresent() && mlpTiles.getAsInt() < 1) {
            throw new IllegalArgumentException("mlpTiles (%s) must be at least 1".formatted(mlpTiles));
        }
        if (layersOverride.isPresent() && layersOverride.getAsInt() < 1) {
            throw new IllegalArgumentException("layersOverride (%s) must be at least 1".formatted(layersOverride));
        }
    }

    /** Whether layers or the optimizer are bitsandbytes'. */
    public boolean usesBitsandbytes() {
        boolean layers = precision
                .quantization()
                .filter(known -> known.kind() != Quantization.Kind.GPTQ4)
                .isPresent();
        return layers || optimizer.isBitsandbytes();
    }

    /** The versions of the libraries the job runs on; of bitsandbytes only if it uses any of that. */
    public Map<String, String> versions() {
        if (runtime == RuntimeKind.SAMEDIFF) {
            return Map.of("nd4j", SoftwareStack.ND4J);
        }
        return usesBitsandbytes() ? stack.versionsWithBitsandbytes() : stack.versions();
    }

    public FineTuningJob withMethod(Method newMethod) {
        return with(newMethod, batch, gradientAccumulation);
    }

    public FineTuningJob withGradientAccumulation(int microBatches) {
        return with(method, batch, microBatches);
    }

    public FineTuningJob withBatch(BatchShape newBatch) {
        return with(method, newBatch, gradientAccumulation);
    }

    private FineTuningJob with(Method newMethod, BatchShape newBatch, int microBatches) {
        return new FineTuningJob(
                model,
                newMethod,
                newBatch,
                precision,
                attention,
                checkpointing,
                lossKernel,
                mlpTiles,
                optimizer,
                optimizerRank,
                maxGradNorm,
                microBatches,
                trainingLoop,
                useCache,
                allocator,
                layersOverride,
                runtime,
                stack);
    }
}
