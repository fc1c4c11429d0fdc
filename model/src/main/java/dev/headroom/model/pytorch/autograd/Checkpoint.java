package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Non-reentrant gradient checkpointing of one call: instead of its saved tensors the call keeps its arguments, and is
 * run again, up to the last tensor that backward needs, when the first of them is asked for.
 *
 * <p>Source: PyTorch 2.11, {@code torch/utils/checkpoint.py}, {@code _checkpoint_without_reentrant_generator},
 * {@code _CheckpointFrame}, early stop.
 */
final class Checkpoint {
    private static final String HOLDER = "checkpoint";

    private final Autograd autograd;
    private final UnaryOperator<Tensor> call;
    private final SavedTensor input;
    private final List<Tensor> captured;
    private final Optional<DType> autocast;
    private final List<Holder> holders = new ArrayList<>();
    private int held;
    private @Nullable List<@Nullable Tensor> recomputed;

    private Checkpoint(Autograd autograd, Tensor input, List<Tensor> captured, UnaryOperator<Tensor> call) {
        this.autograd = autograd;
        this.captured = List.copyOf(captured);
        captured.forEach(tensor -> {
            autograd.retain(tensor);
            autograd.markSaved(tensor, HOLDER);
        });
        this.input = autograd.saveWhole(input, HOLDER);
        this.call = call;
        this.autocast = autograd.autocast().dtype();
    }

    /** Runs a call under checkpointing; its input is saved as an argument of {@code _NoopSaveInputs}. */
    static Tensor run(Autograd autograd, Tensor input, List<Tensor> captured, UnaryOperator<Tensor> call) {
        Checkpoint checkpoint = new Checkpoint(autograd, input, captured, call);
        checkpoint.held++;
        Tensor output = autograd.withHook(checkpoint::pack, () -> call.apply(input));
        checkpoint.letGo();
        return output;
    }

    private SavedTensor pack(Tensor tensor) {
        held++;
        Holder holder = new Holder(holders.size());
        holders.add(holder);
        return holder;
    }

    private void letGo() {
        if (--held == 0) {
            captured.forEach(autograd::release);
            input.release(autograd);
        }
    }

    private List<@Nullable Tensor> recompute() {
        List<@Nullable Tensor> again = new ArrayList<>(holders.size());
        Tensor argument = Objects.requireNonNull(input.unpack(autograd));
        autograd.cutShort(() -> autograd.withGradient(true, () -> {
            try (Autocast.Region region = autograd.autocast().enter(autocast)) {
                Tensor output = autograd.withHook(tensor -> keep(again, tensor), () -> call.apply(argument));
                autograd.useUp(output);
                return region;
            }
        }));
        input.repack(autograd, argument);
        return again;
    }

    private SavedTensor keep(List<@Nullable Tensor> again, Tensor tensor) {
        autograd.markSaved(tensor, "recomputed");
        boolean wanted = !holders.get(again.size()).released;
        Tensor detached = wanted ? autograd.alias(tensor, tensor.shape) : null;
        if (detached != null) {
            detached.temporary = false;
        }
        again.add(detached);
        if (again.size() == holders.size()) {
            throw new RecomputationDone();
        }
        // The graph it belonged to may have been dropped without a backward pass; the new one keeps it until that is,
        // too.
        return wanted ? SavedTensor.NONE : new SavedTensor.Plain(tensor);
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
            List<@Nullable Tensor> again = recomputed;
            if (again == null) {
                again = recompute();
                recomputed = again;
            }
            Tensor tensor = again.get(index);
            again.set(index, null);
            return tensor;
        }

        @Override
        void repack(Autograd engine, Tensor unpacked) {
            engine.release(unpacked);
        }

        @Override
        void release(Autograd engine) {
            if (released) {
                return;
            }
            released = true;
            List<@Nullable Tensor> again = recomputed;
            Tensor unused = again == null ? null : again.set(index, null);
            if (unused != null) {
                autograd.release(unused);
            }
            letGo();
        }
    }
}
