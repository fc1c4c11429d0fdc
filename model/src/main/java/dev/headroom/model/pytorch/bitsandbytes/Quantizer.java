package dev.headroom.model.pytorch.bitsandbytes;

import dev.headroom.model.platform.BitsandbytesRules;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearProduct;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * Quantizes linear layers as they are loaded: every one but the output head.
 *
 * <p>Source: Transformers 5.17, {@code integrations/bitsandbytes.py}, {@code Bnb4bitQuantize},
 * {@code quantizers/base.py}, {@code get_modules_to_not_convert}.
 */
public final class Quantizer {
    private final Aten aten;
    private final Quantization quantization;
    private final DType loaded;
    private final ComputeType computeType;
    private final Matrix4bit.SharedCode code;

    /**
     * @param loaded type of the weights before they are quantized
     * @param rules those of the version of bitsandbytes
     */
    public Quantizer(Aten aten, Quantization quantization, DType loaded, BitsandbytesRules rules) {
        this.aten = aten;
        this.quantization = quantization;
        this.loaded = loaded;
        this.computeType =
                new ComputeType(quantization.computeDtype().orElse(DType.FLOAT32), rules.computeTypeFollowsInputs());
        this.code = new Matrix4bit.SharedCode(aten.autograd());
    }

    /** A matrix that has been loaded and quantized, still without the bias of its layer. */
    public interface Loaded {
        LinearProduct withBias(@Nullable Tensor bias);
    }

    /**
     * Loads the matrix of a layer.
     *
     * @param path name of the layer
     * @param shape [outputs, inputs]
     */
    public Loaded load(String path, Shape shape) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            Matrix4bit matrix = Matrix4bit.load(aten.autograd(), shape, loaded, quantization.doubleQuant(), code);
            return bias -> new Linear4bit(aten, matrix, bias, computeType);
        }
    }
}
