package dev.headroom.model.pytorch.training;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.optim.Optimizer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/** {@code torch.amp.GradScaler}, used with float16. Source: PyTorch 2.11, {@code torch/amp/grad_scaler.py}. */
final class LossScaler {
    private final Aten aten;
    private final Autograd autograd;
    private boolean initialised;
    private @Nullable Tensor foundInfinite;

    LossScaler(Aten aten) {
        this.aten = aten;
        this.autograd = aten.autograd();
    }

    /** The scaler of a job, if it has one: with autocast to float16. */
    static @Nullable LossScaler of(FineTuningJob job, Aten aten) {
        return job.precision().autocast().filter(DType.FLOAT16::equals).isPresent() ? new LossScaler(aten) : null;
    }

    /** {@code scaler.scale(loss)}: a temporary. */
    Tensor scale(Tensor loss) {
        if (!initialised) {
            initialised = true;
            autograd.allocate(Shape.SCALAR, DType.FLOAT32, "grad_scaler._scale", Category.OPTIMIZER_STATE);
            autograd.allocate(Shape.SCALAR, DType.FLOAT32, "grad_scaler._growth_tracker", Category.OPTIMIZER_STATE);
        }
        return aten.scale(loss);
    }

    /** {@code scaler.unscale_(optimizer)}: leaves one scalar until {@link #update}. */
    void unscale() {
        Tensor wide = scalar(DType.INT64, "aten::to");
        Tensor reciprocal = scalar(DType.INT64, "aten::reciprocal");
        autograd.useUp(wide);
        Tensor inverse = scalar(DType.FLOAT32, "aten::to");
        autograd.useUp(reciprocal);
        Tensor found = scalar(DType.FLOAT32, "aten::full");
        foundInfinite = scalar(DType.FLOAT32, "aten::to");
        Tensor inverseOnDevice = scalar(DType.FLOAT32, "aten::to");
        autograd.useUp(inverseOnDevice);
        autograd.useUp(inverse);
        autograd.useUp(found);
    }

    /**
     * {@code scaler.step(optimizer)}.
     *
     * @param fused whether the optimizer takes the scaler's findings itself: it is then handed a sum of them
     */
    void step(Optimizer optimizer, boolean fused) {
        Tensor found = fused ? scalar(DType.FLOAT32, "aten::add") : null;
        optimizer.step();
        if (found != null) {
            autograd.useUp(found);
        }
    }

    /** {@code scaler.update()}. */
    void update() {
        Tensor found = foundInfinite;
        if (found != null) {
            foundInfinite = null;
            autograd.useUp(found);
        }
    }

    private Tensor scalar(DType dtype, String operation) {
        return autograd.allocate(Shape.SCALAR, dtype, operation, Category.TRANSIENT);
    }
}
