package dev.headroom.model.pytorch.training;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.TrainingLoop;

/**
 * Records a fine-tuning job under PyTorch: load, adapter injection, then training steps of forward, backward, clipping,
 * optimizer and zeroing.
 */
public final class PyTorchRecorder {
    /**
     * Micro-batches of a step that are recorded at most: from the second on, each allocates and frees the same, but where the
     * allocator puts it may go on changing for a while.
     */
    private static final int MOST_MICRO_BATCHES = 16;

    private PyTorchRecorder() {}

    /** Records the program of a job, with formulas in b and s. */
    public static StepProgram record(ResolvedJob resolved) {
        FineTuningJob job = resolved.job();
        StepProgram program = recordForAnyRank(resolved);
        return job.method().variableRank().isPresent()
                ? program.at(job.batch().microBatch(), job.batch().sequenceLength(), rank(job))
                : program;
    }

    /** How many micro-batches of a step of {@code gradientAccumulation} are recorded. */
    public static int microBatches(int gradientAccumulation) {
        return Math.min(gradientAccumulation, MOST_MICRO_BATCHES);
    }

    /** Records the program of a job, with formulas in b, s and, if its adapters have one, their rank r. */
    public static StepProgram recordForAnyRank(ResolvedJob resolved) {
        FineTuningJob job = resolved.job();
        BatchShape batch = job.batch();
        ProgramRecorder recorder = new ProgramRecorder(batch.microBatch(), batch.sequenceLength(), rank(job));
        Autograd autograd = new Autograd(
                recorder,
                resolved.multiprocessors(),
                resolved.computeCapability().threadsPerMultiprocessor());
        Aten aten = new Aten(autograd, resolved.computeCapability());
        autograd.useUp(autograd.allocate(Shape.of(1), DType.FLOAT32, "aten::zeros"));
        LanguageModel model = ModelLoader.load(aten, resolved);
        recorder.emptyCache();
        recorder.mark(null, null);
        // Dimensions of one broadcast and are contiguous in any order: each of them that is one is a regime of its own.
        recorder.decide(Polynomial.BATCH.minus(Polynomial.constant(1)));
        recorder.decide(Polynomial.SEQUENCE.minus(Polynomial.constant(1)));
        if (job.method().variableRank().isPresent()) {
            recorder.decide(Polynomial.RANK.minus(Polynomial.constant(1)));
        }
        Shape tokens = Shape.of(Extent.batch(batch.microBatch()), Extent.sequence(batch.sequenceLength()));
        Tensor ids = input(autograd, tokens, "input_ids");
        input(autograd, tokens, "attention_mask");
        input(autograd, tokens, "labels");
        TrainingContext context = new TrainingContext(resolved, recorder, aten, model, ids);
        if (job.trainingLoop() == TrainingLoop.TRANSFORMERS_TRAINER) {
            new TransformersTrainerLoop(context).run();
        } else {
            new HandWrittenLoop(context).run();
        }
        return recorder.finish();
    }

    /** The rank that its formulas have as a variable; any for a job without. */
    private static int rank(FineTuningJob job) {
        return job.method().variableRank().orElse(1);
    }

    private static Tensor input(Autograd autograd, Shape tokens, String name) {
        return autograd.own(autograd.allocate(tokens, DType.INT64, name, Category.TRANSIENT));
    }
}
