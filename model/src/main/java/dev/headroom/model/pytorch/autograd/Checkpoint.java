package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Non-reentrant gradient checkpointing of one call: instead of its saved tensors the call keeps its arguments, and is
 * run again, up to the last tensor that backward needs, when the first of them is asked for.
 *
 * <p>Source: PyTorch 2.11, {@code torch/utils/checkpoint.py}, {@code _checkpoint_without_reentrant_generator},
 * {@code _CheckpointFrame}, early stop.
 */
final class Checkpoint {
    private final Autograd autograd;
    private final Supplier<Tensor> call;
    private final List<Tensor> arguments;
    private final Optional<DType> autocast;
    private int packed;
    private int held;
    private @Nullable List<@Nullable Tensor> recomputed;

    private Checkpoint(Autograd autograd, List<Tensor> arguments, Supplier<Tensor> call) {
        this.autograd = autograd;
        this.arguments = arguments;
        this.call = call;
        this.autocast = autograd.autocast().dtype();
    }

    /** Runs a call under checkpointing. */
    static Tensor run(Autograd autograd, List<Tensor> arguments, Supplier<Tensor> call) {
        Checkpoint checkpoint = new Checkpoint(autograd, arguments, call);
        for (Tensor argument : arguments) {
            autograd.retain(argument);
            autograd.markSaved(argument, "checkpoint");
        }
        checkpoint.held++;
        Tensor output = autograd.withHook(checkpoint::pack, call);
        checkpoint.letGo();
        return output;
    }

    private SavedTensor pack(Tensor tensor) {
        held++;
        return new Holder(packed++);
    }

    private void letGo() {
        if (--held == 0) {
            arguments.forEach(autograd::release);
        }
    }

    private List<@Nullable Tensor> recompute() {
        List<@Nullable Tensor> kept = new ArrayList<>(packed);
        autograd.cutShort(() -> autograd.withGradient(true, () -> {
            try (Autocast.Region region = autograd.autocast().enter(autocast)) {
                Tensor output = autograd.withHook(tensor -> keep(kept, tensor), call);
                autograd.useUp(output);
                return region;
            }
        }));
        return kept;
    }

    private SavedTensor keep(List<@Nullable Tensor> kept, Tensor tensor) {
        autograd.markSaved(tensor, "recomputed");
        Tensor detached = autograd.alias(tensor, tensor.shape);
        detached.temporary = false;
        kept.add(detached);
        if (kept.size() == packed) {
            throw new RecomputationDone();
        }
        return SavedTensor.NONE;
    }

    /** Stands for the tensor saved at one place of the call. */
    private final class Holder extends SavedTensor {
        private final int index;
        private boolean released;

        Holder(int index) {
            this.index = index;
        }

        @Override
        @Nullable
        Tensor unpack(Autograd engine) {
            List<@Nullable Tensor> kept = recomputed;
            if (kept == null) {
                kept = recompute();
                recomputed = kept;
            }
            Tensor tensor = kept.get(index);
            kept.set(index, null);
            return tensor;
        }

        @Override
        void repack(Autograd engine, Tensor unpacked) {
            engine.release(unpacked);
        }

        @Override
        void release(Autograd engine) {
            if (!released) {
                released = true;
                letGo();
            }
        }
    }
}
