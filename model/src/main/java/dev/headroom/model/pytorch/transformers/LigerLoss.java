package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Liger's fused linear cross-entropy: the head and the loss over chunks of tokens, with the gradients of hidden states and
 * weight computed along the way and saved in the place of logits. Names of one chunk outlive it into the next.
 *
 * <p>Source: Liger-Kernel 0.8.2, {@code ops/fused_linear_cross_entropy.py}, {@code fused_linear_cross_entropy_forward} and
 * {@code LigerFusedLinearCrossEntropyFunction}; {@code transformers/model/loss_utils.py}, {@code LigerForCausalLMLoss}.
 */
final class LigerLoss implements HiddenStatesLoss {
    private static final String NAME = "LigerFusedLinearCrossEntropy";

    private final Aten aten;
    private final Autograd autograd;
    private final LinearAlgebra algebra;
    private final Tensor weight;
    private final boolean addsIntoFloat32;

    /**
     * @param weight of the head, shape [vocabulary, hidden size]
     */
    LigerLoss(Aten aten, Tensor weight, ComputeCapability capability) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.algebra = new LinearAlgebra(aten);
        this.weight = weight;
        this.addsIntoFloat32 = weight.dtype() == DType.FLOAT32 && capability.atLeast(ComputeCapability.AMPERE);
    }

    @Override
    public Result of(Tensor hidden, LossReduction reduction) {
        Extent batch = hidden.shape().dimension(0);
        Extent sequence = hidden.shape().dimension(1);
        Shape tokens = Shape.of(batch.times(sequence));
        try (Frame frame = autograd.frame()) {
            Tensor labels = frame.let(autograd.allocate(
                    Shape.of(batch, sequence.plus(Extent.ONE)), DType.INT64, "aten::constant_pad_nd"));
            frame.let(
                    autograd.exceeds(batch, 1)
                            ? autograd.allocate(tokens, DType.INT64, "aten::contiguous")
                            : autograd.alias(labels, tokens));
            Tensor rows = frame.let(aten.view(hidden, hidden.shape().flattened()));
            Tensor loss = fused(rows);
            return new Result(reduction == LossReduction.MEAN ? loss : aten.divide(loss), List.of());
        }
    }

    private Tensor fused(Tensor rows) {
        Operation op = autograd.operation(NAME, rows, weight);
        Results results = autograd.withGradient(false, () -> chunkByChunk(rows, op.needs(1)));
        op.saves(results.inputGradient()).saves(results.weightGradient());
        op.returns(results.loss(), LigerLoss::gradients);
        autograd.useUp(results.inputGradient());
        if (results.weightGradient() != null) {
            autograd.useUp(results.weightGradient());
        }
        return results.loss();
    }

    /** The saved gradients, multiplied in place by that of the loss if it is not 1. */
    private static @Nullable Tensor[] gradients(BackwardCall call) {
        Tensor one = call.allocate(Shape.SCALAR, DType.FLOAT32);
        Tensor equal = call.allocate(Shape.SCALAR, DType.BOOL);
        call.free(call.allocate(Shape.SCALAR, DType.BOOL));
        call.free(equal);
        call.free(one);
        Autograd autograd = call.autograd();
        return new Tensor[] {autograd.detached(call.saved(0)), call.needs(1) ? autograd.detached(call.saved(1)) : null};
    }

    private record Results(
            Tensor loss, Tensor inputGradient, @Nullable Tensor weightGradient) {}

    private Results chunkByChunk(Tensor rows, boolean weightTrains) {
        Extent tokens = rows.shape().dimension(0);
        long size = chunkSize(tokens);
        long count = chunkCount(tokens, size);
        try (Frame frame = autograd.frame()) {
            Tensor inputGradient = frame.let(autograd.allocate(rows.shape(), rows.dtype(), NAME));
            Tensor weightGradient =
                    weightTrains ? frame.let(autograd.allocate(weight.shape(), weight.dtype(), NAME)) : null;
            frame.let(autograd.allocate(Shape.of(tokens), DType.FLOAT32, NAME));
            frame.let(autograd.allocate(Shape.of(tokens), DType.BOOL, "aten::ne"));
            countTokens(tokens);
            Chunk chunk = new Chunk(frame);
            for (long i = 0; i < count; i++) {
                Extent length = i < count - 1 ? Extent.of(size) : tokens.minus(Extent.of((count - 1) * size));
                chunk.run(autograd.alias(rows, Shape.of(length, rows.shape().dimension(1))), weightTrains);
            }
            Tensor loss = autograd.allocate(Shape.SCALAR, DType.FLOAT32, "aten::sum");
            autograd.reduction().stageWhole(tokens);
            return new Results(
                    loss,
                    frame.returning(inputGradient),
                    weightGradient == null ? null : frame.returning(weightGradient));
        }
    }

    /** {@code target_mask.sum().item()}. */
    private void countTokens(Extent tokens) {
        Tensor sum = autograd.allocate(Shape.SCALAR, DType.INT64, "aten::sum");
        autograd.useUp(autograd.allocate(Shape.of(tokens), DType.INT64, "aten::to"));
        autograd.useUp(sum);
    }

    /** What one chunk does, and the names it leaves to the next. */
    private final class Chunk {
        private final Frame frame;
        private @Nullable Tensor logitsGradient;
        private @Nullable Tensor transposed;
        private @Nullable Tensor castInput;

        Chunk(Frame frame) {
            this.frame = frame;
        }

        void run(Tensor input, boolean weightTrains) {
            try (Frame arguments = autograd.frame()) {
                Tensor rows = arguments.let(input);
                Tensor logits = arguments.let(algebra.product(rows, aten.transpose(weight)));
                logitsGradient = renamed(logitsGradient, logits);
                autograd.useUp(algebra.product(logits, autograd.alias(weight, weight.shape())));
                if (weightTrains) {
                    transposed = renamed(
                            transposed, autograd.alias(logits, logits.shape().transposed(0, 1)));
                    addWeightGradient(rows, logits);
                }
            }
        }

        /** Float32 sums of 16-bit products are added to in place; others by way of the product, and of its float32 copy. */
        private void addWeightGradient(Tensor rows, Tensor logits) {
            if (addsIntoFloat32 && logits.dtype().isHalf()) {
                castInput = renamed(castInput, aten.to(rows, logits.dtype()));
            } else {
                Tensor update = algebra.product(aten.transpose(logits), rows);
                autograd.useUp(aten.to(update, DType.FLOAT32));
            }
        }

        private Tensor renamed(@Nullable Tensor old, Tensor value) {
            return old == null ? frame.let(value) : frame.replace(old, value);
        }
    }

    /** {@code next_power_of_2(cdiv(BT, cdiv(V, H)))}; the sizes at which it changes bound the program's regime. */
    private long chunkSize(Extent tokens) {
        long parts = ceilDiv(
                weight.shape().dimension(0).value(), weight.shape().dimension(1).value());
        long size = powerOfTwo(ceilDiv(tokens.value(), parts));
        autograd.exceeds(tokens, size * parts);
        if (size > 1) {
            autograd.exceeds(tokens, size / 2 * parts);
        }
        return size;
    }

    private long chunkCount(Extent tokens, long size) {
        long count = ceilDiv(tokens.value(), size);
        autograd.exceeds(tokens, count * size);
        autograd.exceeds(tokens, (count - 1) * size);
        return count;
    }

    static long powerOfTwo(long least) {
        return least <= 1 ? 1 : Long.highestOneBit(least - 1) << 1;
    }

    private static long ceilDiv(long count, long size) {
        return (count + size - 1) / size;
    }
}
