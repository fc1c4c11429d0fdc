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
 * additive for eager. Source: transformers 5.17, {@code masking_utils.py}, {@code create_causal_mask}, {@code create_sliding_window_causal_mask},
 * {@code create_chunked_causal_mask}.
 */
final class CausalMask {
    /** Scratch of CUB's scan over one sequence. */
    private static final long SCAN_BYTES = 1279;

    private final Autograd autograd;
    private final AttentionImplementation attention;
    private final boolean padded;
    private final OptionalLong slidingWindow;
    private final boolean chunked;

    /**
     * @param padded whether some tokens are padding
     * @param slidingWindow how many tokens back a query sees [tokens], if not all
     * @param chunked whether the window does not slide, but is one of chunks of that length
     */
    CausalMask(
            Autograd autograd,
            AttentionImplementation attention,
            boolean padded,
            OptionalLong slidingWindow,
            boolean chunked) {
        this.autograd = autograd;
        this.attention = attention;
        this.padded = padded;
        this.slidingWindow = slidingWindow;
        this.chunked = chunked;
    }

    /** Builds the mask for embeddings of {@code dtype}; the caller names it. */
    Optional<Tensor> create(ModelInput input, DType dtype) {
        return create(input, dtype, true);
    }

    /**
     * Builds the mask.
     *
     * @param mayLeaveOut whether sdpa does without one where it can ({@code allow_is_causal_skip})
     */
    Optional<Tensor> create(ModelInput input, DType dtype, boolean mayLeaveOut) {
        Extent batch = input.batch();
        Extent keys = input.keys();
        boolean eager = attention == AttentionImplementation.EAGER;
        try (Frame frame = autograd.frame()) {
            frame.let(allocate(Shape.of(batch, keys), DType.BOOL, "aten::to"));
            if (attention == AttentionImplementation.FLASH2) {
                autograd.useUp(allocate(Shape.SCALAR, DType.BOOL, "aten::all"));
                return Optional.empty();
            }
            if (chunked) {
                frame.let(leftPadding(batch, keys));
            }
            boolean local = slidingWindow.isPresent() && autograd.exceeds(keys, slidingWindow.getAsLong() - 1);
            if (mayLeaveOut && !eager && !local && !input.continues()) {
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
            Tensor pattern = pattern(batch, sequence, keys);
            Tensor causal = and(whole, pattern, pattern.shape());
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

    private Tensor pattern(Extent batch, Extent sequence, Extent keys) {
        if (slidingWindow.isEmpty()) {
            return notAfter(sequence, keys);
        }
        return chunked ? chunkedCausal(batch, sequence, keys) : slidingCausal(sequence, keys);
    }

    /** {@code (mask.cumsum(-1) == zeros_like(mask)).sum(-1)}: how many tokens of padding begin each sequence. */
    private Tensor leftPadding(Extent batch, Extent keys) {
        Shape tokens = Shape.of(batch, keys);
        Tensor counted = allocate(tokens, DType.INT64, "aten::cumsum");
        Tensor numbers = allocate(tokens, DType.INT64, "aten::to");
        if (!autograd.exceeds(batch, 1)) {
            autograd.useUp(allocate(Shape.of(SCAN_BYTES), DType.UINT8, "aten::cumsum"));
        }
        autograd.useUp(numbers);
        Tensor zeros = allocate(tokens, DType.BOOL, "aten::zeros_like");
        Tensor equal = allocate(tokens, DType.BOOL, "aten::eq");
        autograd.useUp(counted);
        autograd.useUp(zeros);
        Tensor sums = allocate(Shape.of(batch), DType.INT64, "aten::sum");
        autograd.useUp(allocate(tokens, DType.INT64, "aten::to"));
        autograd.useUp(equal);
        return sums;
    }

    /** Keys of the query's chunk and not after the query ({@code chunked_causal_mask_function}). */
    private Tensor chunkedCausal(Extent batch, Extent sequence, Extent keys) {
        Shape square = Shape.of(batch, sequence, keys);
        Tensor whole = allocate(Shape.SCALAR, DType.BOOL, "aten::new_ones");
        Tensor chunkOfKey = chunks(batch, keys);
        Tensor chunkOfQuery = chunks(batch, sequence);
        Tensor same = allocate(square, DType.BOOL, "aten::eq");
        autograd.useUp(chunkOfKey);
        autograd.useUp(chunkOfQuery);
        Tensor visible = and(whole, same, square);
        return and(visible, notAfter(sequence, keys), square);
    }

    /** {@code (index - left_padding[batch]) // chunk_size}. */
    private Tensor chunks(Extent batch, Extent indices) {
        Tensor padding = allocate(Shape.of(batch), DType.INT64, "aten::index");
        Tensor shifted = allocate(Shape.of(batch, indices), DType.INT64, "aten::sub");
        autograd.useUp(padding);
        Tensor chunks = allocate(shifted.shape(), DType.INT64, "aten::floor_divide");
        autograd.useUp(shifted);
        return chunks;
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
