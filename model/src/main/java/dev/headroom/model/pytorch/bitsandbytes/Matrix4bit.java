package dev.headroom.model.pytorch.bitsandbytes;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * A matrix in 4-bit normal floats: two numbers to a byte, a float32 scale for each block of 64, and the 16 values the
 * numbers stand for. With double quantization the scales are 8-bit numbers, with their mean and a float32 scale for each
 * 256 of them.
 *
 * <p>Source: bitsandbytes 0.43.3, {@code functional.py}, {@code quantize_4bit}, {@code quantize_blockwise},
 * {@code dequantize_4bit}, {@code get_4bit_type}; the same sizes in 0.49.2, {@code backends/cuda/ops.py}.
 */
final class Matrix4bit {
    private static final long BLOCK = 64;
    private static final long SCALES_BLOCK = 256;
    private static final long CODES = 16;

    private final Autograd autograd;
    private final Shape shape;
    private final DType dequantized;
    private final boolean doubleQuant;

    /**
     * @param dequantized type of the matrix before it was quantized, and again after
     */
    private Matrix4bit(Autograd autograd, Shape shape, DType dequantized, boolean doubleQuant) {
        this.autograd = autograd;
        this.shape = shape;
        this.dequantized = dequantized;
        this.doubleQuant = doubleQuant;
    }

    /** {@code Params4bit._quantize}: brings a matrix to the device and quantizes it there. */
    static Matrix4bit load(Autograd autograd, Shape shape, DType dtype, boolean doubleQuant, SharedCode code) {
        Matrix4bit matrix = new Matrix4bit(autograd, shape, dtype, doubleQuant);
        Tensor whole = autograd.allocate(shape, dtype, "aten::to");
        matrix.quantize(code);
        autograd.useUp(whole);
        return matrix;
    }

    private void quantize(SharedCode code) {
        Tensor scales = autograd.allocate(Shape.of(blocks()), DType.FLOAT32, TensorOrigin.PARAMETER, category());
        weight(Shape.of((shape.elements() + 1) / 2, 1), DType.UINT8);
        Tensor codes = weight(Shape.of(CODES), DType.FLOAT32);
        autograd.useUp(autograd.allocate(codes.shape(), DType.FLOAT32, "aten::abs"));
        if (!doubleQuant) {
            autograd.own(scales);
            return;
        }
        weight(Shape.SCALAR, DType.FLOAT32);
        code.load();
        weight(Shape.of(ceilDiv(blocks(), SCALES_BLOCK)), DType.FLOAT32);
        weight(Shape.of(blocks()), DType.UINT8);
        autograd.useUp(scales);
    }

    private Tensor weight(Shape part, DType dtype) {
        return autograd.own(autograd.allocate(part, dtype, TensorOrigin.PARAMETER, category()));
    }

    private static Category category() {
        return Category.FROZEN_WEIGHTS;
    }

    Shape shape() {
        return shape;
    }

    /** {@code dequantize_4bit}: the matrix in full, after its scales if those are quantized; a temporary. */
    Tensor dequantize() {
        Tensor scales = doubleQuant
                ? autograd.allocate(Shape.of(blocks()), DType.FLOAT32, "bitsandbytes::dequantize_blockwise")
                : null;
        Tensor matrix = autograd.allocate(shape, dequantized, "bitsandbytes::dequantize_4bit");
        if (scales != null) {
            autograd.useUp(scales);
        }
        return matrix;
    }

    private long blocks() {
        return ceilDiv(shape.elements(), BLOCK);
    }

    private static long ceilDiv(long count, long size) {
        return (count + size - 1) / size;
    }

    /** The 256 values that quantized scales stand for, which are made once for all matrices ({@code name2qmap}). */
    static final class SharedCode {
        private final Autograd autograd;
        private boolean loaded;

        SharedCode(Autograd autograd) {
            this.autograd = autograd;
        }

        void load() {
            if (!loaded) {
                loaded = true;
                autograd.own(autograd.allocate(
                        Shape.of(Extent.of(SCALES_BLOCK)), DType.FLOAT32, TensorOrigin.PARAMETER, category()));
            }
        }
    }
}
