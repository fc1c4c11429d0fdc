package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.AttentionImplementation;
import java.util.Optional;

/**
 * The attention mask that a forward pass builds once: none for sdpa without padding, boolean for sdpa with padding,
 * additive for eager. Source: transformers 5.17, {@code masking_utils.py}, {@code create_causal_mask}.
 */
final class CausalMask {
    private final Autograd autograd;
    private final AttentionImplementation attention;
    private final boolean padded;

    CausalMask(Autograd autograd, AttentionImplementation attention, boolean padded) {
        this.autograd = autograd;
        this.attention = attention;
        this.padded = padded;
    }

    /** Builds the mask for embeddings of {@code dtype}; the caller names it. */
    Optional<Tensor> create(Extent batch, Extent sequence, DType dtype) {
        boolean eager = attention == AttentionImplementation.EAGER;
        try (Frame frame = autograd.frame()) {
            frame.let(allocate(Shape.of(batch, sequence), DType.BOOL, "aten::to"));
            if (!eager) {
                allTrue(batch, sequence);
                if (!padded) {
                    return Optional.empty();
                }
                allTrue(batch, sequence);
            }
            Tensor visible = frame.let(visible(batch, sequence));
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

    /** Which keys each query sees: those not after it and not padding; shape [b, 1, s, s]. */
    private Tensor visible(Extent batch, Extent sequence) {
        try (Frame frame = autograd.frame()) {
            frame.let(allocate(Shape.of(batch), DType.INT64, "aten::arange"));
            frame.let(allocate(Shape.of(1), DType.INT64, "aten::arange"));
            frame.let(shifted(sequence));
            frame.let(shifted(sequence));
            Shape square = Shape.of(sequence, sequence);
            Tensor whole = allocate(Shape.SCALAR, DType.BOOL, "aten::new_ones");
            Tensor notAfter = allocate(square, DType.BOOL, "aten::le");
            Tensor causal = allocate(square, DType.BOOL, "aten::bitwise_and");
            autograd.useUp(notAfter);
            autograd.useUp(whole);
            Shape tokens = Shape.of(batch, sequence);
            Tensor rows = autograd.exceeds(batch, 1) ? allocate(tokens, DType.INT64, "aten::contiguous") : null;
            Tensor columns = allocate(tokens, DType.INT64, "aten::contiguous");
            Tensor real = allocate(tokens, DType.BOOL, "aten::index");
            autograd.useUp(columns);
            if (rows != null) {
                autograd.useUp(rows);
            }
            Tensor both = allocate(Shape.of(batch, Extent.ONE, sequence, sequence), DType.BOOL, "aten::bitwise_and");
            autograd.useUp(real);
            autograd.useUp(causal);
            return both;
        }
    }

    /** {@code torch.arange(s) + offset}. */
    private Tensor shifted(Extent sequence) {
        Tensor range = allocate(Shape.of(sequence), DType.INT64, "aten::arange");
        Tensor sum = allocate(Shape.of(sequence), DType.INT64, "aten::add");
        autograd.useUp(range);
        return sum;
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
