package dev.headroom.model.pytorch.peft;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.Quantization.Upcast;
import java.util.List;

/**
 * Makes float32 of the weights of a quantized model that are 16-bit numbers.
 *
 * <p>Source: peft 0.21, {@code utils/other.py}, {@code prepare_model_for_kbit_training}; TRL 0.11 to 0.13,
 * {@code trainer/utils.py}, {@code peft_module_casting_to_bf16}, which casts embedding and head back after adapters have been
 * added. What it makes of each weight is the same before.
 */
public final class KbitPreparation {
    private static final List<String> CAST_BACK = List.of("lm_head", "embed_tokens", "wte", "wpe");

    private final Autograd autograd;
    private final Weights weights;
    private final List<String> parameters;

    /**
     * @param parameters paths of the weights that are parameters, in order
     */
    public KbitPreparation(Autograd autograd, Weights weights, List<String> parameters) {
        this.autograd = autograd;
        this.weights = weights;
        this.parameters = List.copyOf(parameters);
    }

    /** Casts the weights, one after the other. */
    public void prepare(Upcast upcast) {
        if (upcast == Upcast.NONE) {
            return;
        }
        parameters.forEach(path -> cast(path, DType.FLOAT32));
        if (upcast == Upcast.NORMS) {
            parameters.stream()
                    .filter(path -> CAST_BACK.stream().anyMatch(path::contains))
                    .forEach(path -> cast(path, DType.BFLOAT16));
        }
    }

    private void cast(String path, DType dtype) {
        Tensor old = weights.get(path);
        if (!old.dtype().isFloatingPoint() || old.dtype() == dtype) {
            return;
        }
        try (Frame frame = autograd.enterModule(path.substring(0, path.lastIndexOf('.')))) {
            Tensor cast = autograd.own(
                    autograd.allocate(old.shape(), dtype, TensorOrigin.PARAMETER, Category.FROZEN_WEIGHTS));
            autograd.release(old);
            weights.add(path, cast);
        }
    }
}
