package dev.headroom.model.pytorch.training;

import dev.headroom.model.program.Figure;
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
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.TrainingLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The loop people write by hand:
 *
 * <pre>
 *   for each micro-batch:
 *       out = model(ids, labels);  loss = out.loss / accumulation
 *       (frees-outputs: out = None)
 *       loss.backward()
 *   clip_grad_norm_;  optimizer.step();  optimizer.zero_grad()
 *   del out, loss
 * </pre>
 */
final class HandWrittenLoop {
    private final TrainingContext context;
    private final ProgramRecorder recorder;
    private final Autograd autograd;
    private final Aten aten;
    private final Optimizer optimizer;
    private final GradientClipping clipping;
    private final @Nullable LossScaler scaler;

    HandWrittenLoop(TrainingContext context) {
        this.context = context;
        this.recorder = context.recorder();
        this.autograd = context.autograd();
        this.aten = context.aten();
        List<Tensor> parameters = context.model().trainable();
        this.optimizer = Optimizer.of(
                context.job().optimizer(), autograd, List.of(parameters), context.blockwise(), context.lowRank());
        this.clipping = new GradientClipping(autograd, parameters);
        this.scaler = LossScaler.of(context.job(), aten);
    }

    void run() {
        for (int step = 0; step < TrainingContext.STEPS; step++) {
            recorder.nextStep();
            recorder.enter(Phase.FORWARD);
            recorder.mark(Figure.START, null);
            step();
        }
    }

    private void step() {
        Output output = null;
        Tensor loss = null;
        int last = context.microBatches() - 1;
        for (int micro = 0; micro <= last; micro++) {
            recorder.nextLap();
            recorder.enter(Phase.FORWARD);
            try (Autocast.Region region =
                    autograd.autocast().enter(context.job().precision().autocast())) {
                Output next = context.model().forward(context.ids(), LossReduction.MEAN);
                if (output != null) {
                    output.release();
                }
                output = next;
                Tensor divided = autograd.own(aten.divide(next.loss()));
                if (loss != null) {
                    autograd.release(loss);
                }
                loss = divided;
            }
            markMicroBatch(micro, last, Figure.FORWARD_END, Figure.FORWARD_PEAK);
            if (context.job().trainingLoop() == TrainingLoop.FREES_OUTPUTS) {
                output.release();
                output = null;
            }
            recorder.enter(Phase.BACKWARD);
            backward(loss);
            markMicroBatch(micro, last, Figure.BACKWARD_END, Figure.BACKWARD_PEAK);
        }
        recorder.endLaps(Repeated.MICRO_BATCH);
        update();
        if (output != null) {
            output.release();
        }
        if (loss != null) {
            autograd.release(loss);
        }
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

    private void update() {
        recorder.enter(Phase.CLIP);
        if (scaler != null) {
            scaler.unscale();
        }
        if (context.job().maxGradNorm().isPresent()) {
            autograd.useUp(clipping.clip());
            recorder.mark(Figure.CLIP_END, Figure.CLIP_PEAK);
        }
        recorder.enter(Phase.OPTIMIZER);
        if (scaler == null) {
            optimizer.step();
        } else {
            scaler.step(optimizer, context.job().optimizer() == OptimizerKind.ADAMW_FUSED);
            scaler.update();
        }
        recorder.mark(Figure.OPTIMIZER_END, Figure.OPTIMIZER_PEAK);
        recorder.enter(Phase.ZERO_GRAD);
        context.model().trainable().forEach(autograd::dropGradient);
        recorder.mark(Figure.ZERO_GRAD_END, null);
    }

    private void markMicroBatch(int micro, int last, Figure end, Figure peak) {
        if (micro == 0) {
            recorder.mark(end, peak);
        } else if (micro == last) {
            recorder.mark(Figure.valueOf("LAST_MICRO_" + end.name()), Figure.valueOf("LAST_MICRO_" + peak.name()));
        }
    }
}
