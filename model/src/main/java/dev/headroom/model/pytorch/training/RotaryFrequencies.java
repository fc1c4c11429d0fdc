package dev.headroom.model.pytorch.training;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;

/**
 * How the frequencies of rotary positions are computed while a model is built.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama.py}, {@code compute_default_rope_parameters};
 * {@code modeling_rope_utils.py}, {@code _compute_yarn_parameters}.
 */
record RotaryFrequencies(Autograd autograd) {
    /** {@code 1 / base ** (arange(0, dim, 2) / dim)}. */
    Tensor standard(Shape half) {
        Tensor range = allocate(half, "aten::arange");
        return inverse(power(half, range));
    }

    /** Frequencies that are mixed of two kinds by a ramp. */
    Tensor yarn(Shape half) {
        try (Frame frame = autograd.frame()) {
            Tensor whole = autograd.allocate(half, DType.INT64, "aten::arange", Category.FROZEN_WEIGHTS);
            Tensor range = allocate(half, "aten::to");
            autograd.useUp(whole);
            Tensor powers = frame.let(power(half, range));
            frame.let(reciprocal(half));
            Tensor scaled = allocate(half, "aten::mul");
            frame.let(reciprocal(half));
            autograd.useUp(scaled);
            frame.let(ramp(half));
            Tensor opposite = allocate(half, "aten::rsub");
            Tensor first = allocate(half, "aten::mul");
            autograd.useUp(opposite);
            Tensor second = allocate(half, "aten::mul");
            Tensor result = allocate(powers.shape(), TensorOrigin.BUFFER);
            autograd.useUp(first);
            autograd.useUp(second);
            return result;
        }
    }

    /** {@code 1 - clamp((arange(n) - low) / (high - low), 0, 1)}. */
    private Tensor ramp(Shape half) {
        Tensor last = allocate(half, "aten::arange");
        for (String operation : new String[] {"aten::sub", "aten::div", "aten::clamp", "aten::rsub"}) {
            Tensor next = allocate(half, operation);
            autograd.useUp(last);
            last = next;
        }
        return last;
    }

    /** {@code base ** (range / dim)}. */
    private Tensor power(Shape half, Tensor range) {
        Tensor quotient = allocate(half, "aten::div");
        autograd.useUp(range);
        Tensor power = allocate(half, "aten::pow");
        autograd.useUp(autograd.allocate(Shape.SCALAR, DType.INT64, "aten::scalar_tensor", Category.FROZEN_WEIGHTS));
        autograd.useUp(quotient);
        return power;
    }

    private Tensor inverse(Tensor power) {
        Tensor result = reciprocal(power.shape());
        autograd.useUp(power);
        return result;
    }

    /** {@code 1 / x}, a reciprocal that is multiplied. */
    private Tensor reciprocal(Shape half) {
        Tensor reciprocal = allocate(half, "aten::reciprocal");
        Tensor result = allocate(half, TensorOrigin.BUFFER);
        autograd.useUp(reciprocal);
        return result;
    }

    private Tensor allocate(Shape shape, String operation) {
        return autograd.allocate(shape, DType.FLOAT32, operation, Category.FROZEN_WEIGHTS);
    }
}
