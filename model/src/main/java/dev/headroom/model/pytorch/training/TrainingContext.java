package dev.headroom.model.pytorch.training;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.optim.BlockwiseSettings;
import dev.headroom.model.pytorch.optim.LowRankSettings;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.TrainingLoop;
import java.util.Set;
import java.util.stream.Collectors;

/** What a training loop works with. */
record TrainingContext(ResolvedJob resolved, ProgramRecorder recorder, Aten aten, LanguageModel model, Tensor ids) {
    /** The first step has no optimizer state in forward; the second has; the third repeats it on a settled allocator. */
    static final int STEPS = 3;

    /** Micro-batches recorded for each step. */
    int microBatches() {
        return PyTorchRecorder.microBatches(job().gradientAccumulation());
    }

    FineTuningJob job() {
        return resolved.job();
    }

    /** What bitsandbytes' optimizers go by; the Trainer has states of embeddings stay float32. */
    BlockwiseSettings blockwise() {
        boolean trainer = job().trainingLoop() == TrainingLoop.TRANSFORMERS_TRAINER;
        Set<String> embeddings = resolved.architecture().modules().stream()
                .filter(module -> module.kind() == Kind.EMBEDDING)
                .map(WeightedModule::path)
                .collect(Collectors.toSet());
        return new BlockwiseSettings(
                BitsandbytesRules.of(job().stack())
                        .orElse(BitsandbytesRules.NEWEST)
                        .optimizerBlock(),
                trainer ? embeddings : Set.of());
    }

    /**
     * What optimizers of low-rank gradients go by: linear layers whose name has {@code attn} or {@code mlp} in it
     * ({@code optim_target_modules=["attn", "mlp"]}).
     */
    LowRankSettings lowRank() {
        Set<String> targets = resolved.architecture().modules().stream()
                .filter(module -> module.kind() == Kind.LINEAR)
                .map(WeightedModule::path)
                .filter(path -> path.contains("attn") || path.contains("mlp"))
                .collect(Collectors.toSet());
        return new LowRankSettings(job().optimizerRank(), targets);
    }

    Autograd autograd() {
        return aten.autograd();
    }

    Extent batch() {
        return Extent.batch(job().batch().microBatch());
    }

    Extent sequence() {
        return Extent.sequence(job().batch().sequenceLength());
    }

    /** Shape of the token ids, [b, s]. */
    Shape tokens() {
        return Shape.of(batch(), sequence());
    }
}
