package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reentrant gradient checkpointing of one call: forward runs without gradients; backward runs it again on a detached input
 * and then a backward pass of its own. Arguments by position are saved until then; those by name stay alive as long as the
 * graph.
 *
 * <p>Source: PyTorch 2.11, {@code torch/utils/checkpoint.py}, {@code CheckpointFunction}.
 */
final class ReentrantCheckpoint {
    private final Autograd autograd;
    private final UnaryOperator<Tensor> call;
    private final Optional<DType> autocast;

    private ReentrantCheckpoint(Autograd autograd, UnaryOperator<Tensor> call) {
        this.autograd = autograd;
        this.call = call;
        this.autocast = autograd.autocast().dtype();
    }

    static Tensor run(
            Autograd autograd,
            Tensor input,
            List<Tensor> arguments,
            List<Tensor> captured,
            UnaryOperator<Tensor> call) {
        ReentrantCheckpoint checkpoint = new ReentrantCheckpoint(autograd, call);
        Operation operation = autograd.operation("CheckpointFunctionBackward", input);
        operation.saves(input);
        arguments.forEach(operation::saves);
        operation.captures(captured);
        Tensor output = autograd.withGradient(false, () -> call.apply(input));
        return operation.returns(output, checkpoint::backward);
    }

    private @Nullable Tensor[] backward(BackwardCall backward) {
        Tensor saved = backward.saved(0);
        Tensor detached = autograd.own(autograd.alias(saved, saved.shape));
        autograd.requireGradient(detached);
        Tensor output = autograd.withGradient(true, () -> {
            try (Autocast.Region region = autograd.autocast().enter(autocast)) {
                return autograd.own(call.apply(detached));
            }
        });
        autograd.backward(output, backward.gradient());
        Tensor gradient = detached.gradient;
        if (gradient != null) {
            autograd.retain(gradient);
        }
        autograd.release(output);
        autograd.release(detached);
        return new Tensor[] {gradient};
    }
}
