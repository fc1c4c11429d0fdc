package dev.headroom.model.pytorch.bitsandbytes;

import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.nn.MatrixLoader;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.Quantization;

/**
 * Quantize matrices as they are loaded.
 *
 * <p>Source: Transformers 5.17, {@code integrations/bitsandbytes.py}, {@code Bnb4bitQuantize}, {@code Bnb8bitQuantize}.
 */
public final class Quantizers {
    private Quantizers() {}

    /**
     * To 4-bit normal floats.
     *
     * @param loaded type of the weights before they are quantized
     * @param rules those of the version of bitsandbytes
     */
    public static MatrixLoader fourBit(Aten aten, Quantization quantization, DType loaded, BitsandbytesRules rules) {
        ComputeType computeType =
                new ComputeType(quantization.computeDtype().orElse(DType.FLOAT32), rules.computeTypeFollowsInputs());
        Matrix4bit.SharedCode code = new Matrix4bit.SharedCode(aten.autograd());
        return (path, shape) -> {
            try (Frame frame = aten.autograd().enterModule(path)) {
                Matrix4bit matrix = Matrix4bit.load(aten.autograd(), shape, loaded, quantization.doubleQuant(), code);
                return bias -> new Linear4bit(aten, matrix, bias, computeType);
            }
        };
    }

    /** To rows of 8-bit integers. */
    public static MatrixLoader eightBit(Aten aten) {
        return (path, shape) -> {
            try (Frame frame = aten.autograd().enterModule(path)) {
                Linear8bit.load(aten.autograd(), shape);
                return bias -> new Linear8bit(aten, shape);
            }
        };
    }
}
