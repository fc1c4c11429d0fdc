package dev.headroom.model.pytorch.training;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.program.Phase;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autocast;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.CausalLanguageModel;
import dev.headroom.model.pytorch.nn.CausalLanguageModel.Output;
import dev.headroom.model.pytorch.nn.ModelLoader;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.TrainingLoop;
import org.jspecify.annotations.Nullable;

/**
 * Records a fine-tuning job under PyTorch: load, adapter injection, then training steps of forward, backward, clipping,
 * optimizer and zeroing.
 */
public final class PyTorchRecorder {
    /** The first step has no optimizer state in forward; the second has; the third repeats it on a settled allocator. */
    private static final int STEPS = 3;

    private final ResolvedJob resolved;
    private final FineTuningJob job;
    private final ProgramRecorder recorder;
    private final Autograd autograd;
    private final Aten aten;
    private final @Nullable LossScaler scaler;

    private PyTorchRecorder(ResolvedJob resolved) {
        this.resolved = resolved;
        this.job = resolved.job();
        this.recorder = new ProgramRecorder(job.batch().microBatch(), job.batch().sequenceLength());
        this.autograd = new Autograd(recorder, 132, 2048);
        this.aten = new Aten(autograd, resolved.computeCapability());
        this.scaler = job.precision().autocast().filter(DType.FLOAT16::equals).isPresent() ? new LossScaler(aten) : null;
    }

    /** Records the program of a job. */
    public static StepProgram record(ResolvedJob resolved) {
        return new PyTorchRecorder(resolved).record();
    }

    private StepProgram record() {
        autograd.useUp(autograd.allocate(Shape.of(1), DType.FLOAT32, "aten::zeros"));
        CausalLanguageModel model = ModelLoader.load(aten, resolved);
        recorder.emptyCache();
        recorder.mark(null, null);
        Extent batch = Extent.batch(job.batch().microBatch());
        Extent sequence = Extent.sequence(job.batch().sequenceLength());
        Shape tokens = Shape.of(batch, sequence);
        Tensor ids = input(tokens, "input_ids");
        input(tokens, "attention_mask");
        input(tokens, "labels");
        Optimizer optimizer = new Optimizer(autograd, job.optimizer(), model.trainable());
        GradientClipping clipping = new GradientClipping(autograd, model.trainable());
        for (int step = 0; step < STEPS; step++) {
            recorder.nextStep();
            recorder.enter(Phase.FORWARD);
            recorder.mark(Figure.START, null);
            step(model, ids, optimizer, clipping);
        }
        return recorder.finish();
    }

    private Tensor input(Shape tokens, String name) {
        return autograd.own(autograd.allocate(tokens, DType.INT64, name, Category.TRANSIENT));
    }

    private void step(CausalLanguageModel model, Tensor ids, Optimizer optimizer, GradientClipping clipping) {
        Output output = null;
        Tensor loss = null;
        int last = job.gradientAccumulation() - 1;
        for (int micro = 0; micro <= last; micro++) {
            recorder.enter(Phase.FORWARD);
            try (Autocast.Region region = autograd.autocast().enter(job.precision().autocast())) {
                Output next = model.forward(ids);
                if (output != null) {
                    output.release();
                }
                output = next;
                Tensor scaled = autograd.own(aten.divide(next.loss()));
                if (loss != null) {
                    autograd.release(loss);
                }
                loss = scaled;
            }
            markMicroBatch(micro, last, Figure.FORWARD_END, Figure.FORWARD_PEAK);
            if (job.trainingLoop() != TrainingLoop.HOLDS_OUTPUTS) {
                output.release();
                output = null;
            }
            recorder.enter(Phase.BACKWARD);
            backward(loss);
            markMicroBatch(micro, last, Figure.BACKWARD_END, Figure.BACKWARD_PEAK);
        }
        recorder.enter(Phase.CLIP);
        if (scaler != null) {
            scaler.unscale();
        }
        if (job.maxGradNorm().isPresent()) {
            clipping.clip();
            recorder.mark(Figure.CLIP_END, Figure.CLIP_PEAK);
        }
        recorder.enter(Phase.OPTIMIZER);
        optimizer.step();
        if (scaler != null) {
            scaler.update();
        }
        recorder.mark(Figure.OPTIMIZER_END, Figure.OPTIMIZER_PEAK);
        recorder.enter(Phase.ZERO_GRAD);
        model.trainable().forEach(autograd::dropGradient);
        recorder.mark(Figure.ZERO_GRAD_END, null);
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

    private void markMicroBatch(int micro, int last, Figure end, Figure peak) {
        if (micro == 0) {
            recorder.mark(end, peak);
        } else if (micro == last) {
            recorder.mark(lastMicro(end), lastMicro(peak));
        }
    }

    private static @Nullable Figure lastMicro(Figure figure) {
        return Figure.valueOf("LAST_MICRO_" + figure.name());
    }
}
