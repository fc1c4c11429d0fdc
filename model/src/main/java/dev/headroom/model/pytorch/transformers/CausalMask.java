package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.AttentionImplementation;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The attention mask that a forward pass builds once: none for sdpa without padding, boolean for sdpa with padding,
 * additive for eager. Source: transformers 5.17, {@code masking_utils.py}, {@code create_causal_mask}, {@code create_sliding_window_causal_mask}.
 */
final class CausalMask {
    private final Autograd autograd;
    private final AttentionImplementation attention;
    private final boolean padded;
    private final OptionalLong slidingWindow;

    /**
     * @param padded whether some tokens are padding
     * @param slidingWindow how many tokens back a query sees [tokens], if not all
     */
    CausalMask(Autograd autograd, AttentionImplementation attention, boolean padded, OptionalLong slidingWindow) {
        this.autograd = autograd;
        this.attention = attention;
        this.padded = padded;
        this.slidingWindow = slidingWindow;
    }

    /** Builds the mask for embeddings of {@code dtype}; the caller names it. */
    Optional<Tensor> create(ModelInput input, DType dtype) {
        Extent batch = input.batch();
        Extent keys = input.keys();
        boolean eager = attention == AttentionImplementation.EAGER;
        try (Frame frame = autograd.frame()) {
            frame.let(allocate(Shape.of(batch, keys), DType.BOOL, "aten::to"));
            if (attention == AttentionImplementation.FLASH2) {
                autograd.useUp(allocate(Shape.SCALAR, DType.BOOL, "aten::all"));
                return Optional.empty();
            }
            boolean local = slidingWindow.isPresent() && autograd.exceeds(keys, slidingWindow.getAsLong() - 1);
            if (!eager && !local && !input.continues()) {
                allTrue(batch, keys);
                if (!padded) {
                    return Optional.empty();
                }
                allTrue(batch, keys);
            }
            Tensor visible = frame.let(visible(batch, input.sequence(), keys));
            return Optional.of(eager ? additive(visible, dtype) : frame.returning(visible));
        }
    }

    private Tensor allocate(Shape shape, DType dtype, String operation) {
        return autograd.allocate(shape, dtype, operation);
    }

    /** {@code fast_all}: whether every token is real. */
    private void allTrue(Extent batch, Extent sequence) {
        Tensor sum = allocate(Shape.SCALAR, DType.INT64, "aten::sum");
        autograd.useUp(allocate(Shape.of(batch, sequence), DType.INT64, "aten::to"));
        Tensor equal = allocate(Shape.SCALAR, DType.BOOL, "aten::eq");
        autograd.useUp(sum);
        autograd.useUp(equal);
    }

    /** Which keys each query sees: those not after it and not padding; shape [b, 1, s, keys]. */
    private Tensor visible(Extent batch, Extent sequence, Extent keys) {
        try (Frame frame = autograd.frame()) {
            frame.let(allocate(Shape.of(batch), DType.INT64, "aten::arange"));
            frame.let(allocate(Shape.of(1), DType.INT64, "aten::arange"));
            frame.let(PositionNumbers.of(autograd, sequence));
            frame.let(PositionNumbers.of(autograd, keys));
            Tensor whole = allocate(Shape.SCALAR, DType.BOOL, "aten::new_ones");
            Tensor pattern = slidingWindow.isPresent() ? slidingCausal(sequence, keys) : notAfter(sequence, keys);
            Tensor causal = and(whole, pattern, Shape.of(sequence, keys));
            Shape tokens = Shape.of(batch, keys);
            Tensor rows = autograd.exceeds(batch, 1) ? allocate(tokens, DType.INT64, "aten::contiguous") : null;
            Tensor columns = allocate(tokens, DType.INT64, "aten::contiguous");
            Tensor real = allocate(tokens, DType.BOOL, "aten::index");
            autograd.useUp(columns);
            if (rows != null) {
                autograd.useUp(rows);
            }
            return and(causal, real, Shape.of(batch, Extent.ONE, sequence, keys));
        }
    }

    /** {@code key <= query}. */
    private Tensor notAfter(Extent sequence, Extent keys) {
        return allocate(Shape.of(sequence, keys), DType.BOOL, "aten::le");
    }

    /** Keys inside the window and not after the query ({@code sliding_window_causal_mask_function}). */
    private Tensor slidingCausal(Extent sequence, Extent keys) {
        Shape square = Shape.of(sequence, keys);
        Tensor whole = allocate(Shape.SCALAR, DType.BOOL, "aten::new_ones");
        Tensor windowStart = allocate(Shape.of(sequence), DType.INT64, "aten::sub");
        Tensor inside = allocate(square, DType.BOOL, "aten::gt");
        autograd.useUp(windowStart);
        Tensor visible = and(whole, inside, square);
        return and(visible, notAfter(sequence, keys), square);
    }

    /** {@code result & mask}; both are used up. */
    private Tensor and(Tensor result, Tensor mask, Shape shape) {
        Tensor both = allocate(shape, DType.BOOL, "aten::bitwise_and");
        autograd.useUp(mask);
        autograd.useUp(result);
        return both;
    }

    /** 0 where visible, the lowest number elsewhere. */
    private Tensor additive(Tensor visible, DType dtype) {
        Tensor zero = allocate(Shape.SCALAR, dtype, "aten::to");
        Tensor lowest = allocate(Shape.SCALAR, dtype, "aten::scalar_tensor");
        Tensor mask = allocate(visible.shape(), dtype, "aten::where");
        autograd.useUp(lowest);
        autograd.useUp(zero);
        return mask;
    }
}
