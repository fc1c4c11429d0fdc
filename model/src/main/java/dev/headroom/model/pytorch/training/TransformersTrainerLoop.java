package dev.headroom.model.pytorch.training;

import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Phase;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.Repeated;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autocast;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.optim.Optimizer;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.OptimizerKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code transformers.Trainer} with its defaults: it fetches the micro-batches of a whole optimizer step at once, counts
 * their tokens, keeps only the loss of a forward pass, and keeps the last loss for its log.
 *
 * <p>Source: transformers 5.17, {@code trainer.py}, {@code _run_epoch}, {@code training_step},
 * {@code _get_num_items_in_batch}; accelerate 1.15, {@code accelerator.py}, {@code prepare_model}, {@code backward}.
 */
final class TransformersTrainerLoop {
    private final TrainingContext context;
    private final ProgramRecorder recorder;
    private final Autograd autograd;
    private final Aten aten;
    private final Optimizer optimizer;
    private final GradientClipping clipping;
    private final @Nullable LossScaler scaler;
    private final boolean countsTokens;
    private List<List<Tensor>> batches = List.of();
    private @Nullable Tensor tokenCount;
    private @Nullable Tensor lastLoss;
    private @Nullable Tensor gradientNorm;

    TransformersTrainerLoop(TrainingContext context) {
        this.context = context;
        this.recorder = context.recorder();
        this.autograd = context.autograd();
        this.aten = context.aten();
        List<Tensor> parameters = context.model().trainable();
        List<Tensor> decayed = new ArrayList<>();
        List<Tensor> undecayed = new ArrayList<>();
        for (Tensor parameter : parameters) {
            (parameter.shape().rank() > 1 ? decayed : undecayed).add(parameter);
        }
        boolean lowRank = context.job().optimizer().isLowRank(); // which groups parameters itself, in their order
        this.optimizer = Optimizer.of(
                context.job().optimizer(),
                autograd,
                lowRank ? List.of(parameters) : List.of(decayed, undecayed),
                context.blockwise(),
                context.lowRank());
        this.countsTokens =
                TransformersRules.of(context.job().stack()).orElseThrow().countsTokens();
        this.scaler = LossScaler.of(context.job(), aten);
        this.clipping = new GradientClipping(autograd, parameters);
    }

    void run() {
        recorder.enter(Phase.FORWARD);
        autograd.own(scalar(DType.FLOAT32, "trainer._tr_loss"));
        for (int step = 0; step < TrainingContext.STEPS; step++) {
            recorder.nextStep();
            step();
        }
    }

    private void step() {
        recorder.enter(Phase.FORWARD);
        if (countsTokens) {
            fetchBatches(context.job().gradientAccumulation());
        }
        for (int micro = 0; micro < context.microBatches(); micro++) {
            recorder.nextLap();
            if (!countsTokens) {
                recorder.enter(Phase.FORWARD);
                fetchBatches(1);
            }
            trainingStep();
            checkFinite();
        }
        recorder.endLaps(Repeated.MICRO_BATCH);
        recorder.enter(Phase.CLIP);
        if (scaler != null) {
            scaler.unscale();
        }
        gradientNorm = replace(gradientNorm, null);
        // Without a limit the norm is computed all the same, for the log (_get_grad_norm).
        gradientNorm = autograd.own(clipping.clip());
        recorder.enter(Phase.OPTIMIZER);
        if (scaler == null) {
            optimizer.step();
        } else {
            scaler.step(optimizer, context.job().optimizer() == OptimizerKind.ADAMW_FUSED);
            scaler.update();
        }
        recorder.enter(Phase.ZERO_GRAD);
        context.model().trainable().forEach(autograd::dropGradient);
    }

    /**
     * Ids, mask and labels of the step's micro-batches, or before tokens were counted, of one; those before are kept until
     * all are there.
     */
    private void fetchBatches(int count) {
        List<List<Tensor>> fetched = new ArrayList<>();
        forEachFetched(count, i -> fetched.add(List.of(batchTensor(), batchTensor(), batchTensor())));
        List<Tensor> totals = new ArrayList<>();
        if (countsTokens) {
            forEachFetched(count, i -> {
                totals.add(addTokens());
                if (i > 0) {
                    autograd.release(totals.get(i - 1));
                }
            });
        }
        forEachFetched(batches.size(), i -> batches.get(i).forEach(autograd::release));
        batches = fetched;
        tokenCount = replace(tokenCount, totals.isEmpty() ? null : totals.get(count - 1));
    }

    private void forEachFetched(int count, IntConsumer micro) {
        for (int i = 0; i < count; i++) {
            if (countsTokens) {
                recorder.nextLap();
            }
            micro.accept(i);
        }
        if (countsTokens) {
            recorder.endLaps(Repeated.FETCH);
        }
    }

    private Tensor batchTensor() {
        return autograd.own(autograd.allocate(context.tokens(), DType.INT64, "trainer batch", Category.TRANSIENT));
    }

    /** {@code sum((batch["labels"][..., 1:] != -100).sum())}. */
    private Tensor addTokens() {
        Shape shifted = Shape.of(context.batch(), context.sequence().minus(Extent.ONE));
        Tensor unequal = autograd.allocate(shifted, DType.BOOL, "aten::ne");
        Tensor sum = scalar(DType.INT64, "aten::sum");
        autograd.useUp(autograd.allocate(shifted, DType.INT64, "aten::to"));
        autograd.useUp(unequal);
        Tensor total = scalar(DType.INT64, "aten::add");
        autograd.useUp(sum);
        return autograd.own(total);
    }

    private void trainingStep() {
        recorder.enter(Phase.FORWARD);
        Output output;
        try (Autocast.Region region =
                autograd.autocast().enter(context.job().precision().autocast())) {
            output = context.model()
                    .forward(context.ids(), countsTokens ? LossReduction.SUM_OVER_COUNTED_TOKENS : LossReduction.MEAN);
        }
        Tensor loss = lossOf(output);
        recorder.enter(Phase.BACKWARD);
        Tensor scaled = autograd.own(aten.scaleInPlace(loss));
        Tensor divided = autograd.own(aten.divide(scaled));
        backward(divided);
        autograd.release(divided);
        Tensor detached = autograd.own(autograd.alias(scaled, scaled.shape()));
        autograd.release(scaled);
        autograd.release(loss);
        lastLoss = replace(lastLoss, detached);
    }

    private void backward(Tensor loss) {
        if (scaler == null) {
            autograd.backward(loss);
        } else {
            Tensor scaled = scaler.scale(loss);
            autograd.backward(scaled);
            autograd.useUp(scaled);
        }
    }

    /** Under autocast a forward pass returns its tensors cast to float32 ({@code convert_outputs_to_fp32}). */
    private Tensor lossOf(Output output) {
        if (context.job().precision().autocast().isEmpty()) {
            return output.releaseAllButLoss();
        }
        List<Tensor> upcast = output.allButLoss().stream()
                .map(tensor -> aten.to(tensor, DType.FLOAT32))
                .toList();
        Tensor loss = output.releaseAllButLoss();
        upcast.forEach(autograd::useUp);
        return loss;
    }

    /** {@code torch.isnan(loss) or torch.isinf(loss)}. */
    private void checkFinite() {
        autograd.useUp(scalar(DType.BOOL, "aten::isnan"));
        Tensor magnitude = scalar(DType.FLOAT32, "aten::abs");
        Tensor equal = scalar(DType.BOOL, "aten::eq");
        autograd.useUp(magnitude);
        autograd.useUp(equal);
    }

    private Tensor scalar(DType dtype, String operation) {
        return autograd.allocate(Shape.SCALAR, dtype, operation, Category.TRANSIENT);
    }

    private @Nullable Tensor replace(@Nullable Tensor old, @Nullable Tensor value) {
        if (old != null) {
            autograd.release(old);
        }
        return value;
    }
}
