package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import org.jspecify.annotations.Nullable;

/**
 * Root-mean-square norm that is computed in a function of its own. Source: transformers 5.17, {@code modeling_llama4.py},
 * Llama4TextRMSNorm and Llama4TextL2Norm.
 *
 * @param weight what the norm is multiplied by, if there is one
 */
record Llama4Norm(Aten aten, String path, @Nullable Tensor weight) {
    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor scale = weight;
                Tensor output = frame.let(aten.to(normed(input), input.dtype()));
                return scale == null ? frame.returning(output) : aten.multiply(output, scale);
            }
        });
    }

    private Tensor normed(Tensor x) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor wide = frame.let(aten.to(x, DType.FLOAT32));
            return aten.multiply(wide, aten.reciprocalRoot(aten.addNumber(aten.mean(aten.square(wide)))));
        }
    }
}
