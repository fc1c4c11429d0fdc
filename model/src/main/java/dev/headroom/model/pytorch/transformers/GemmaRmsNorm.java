package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;

/**
 * Root-mean-square norm whose weight, centred on one, multiplies in float32. Source: transformers 5.17,
 * {@code modeling_gemma2.py}, Gemma2RMSNorm; the same in gemma and gemma3.
 */
record GemmaRmsNorm(Aten aten, String path, Tensor weight) {
    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor output = frame.let(normalized(aten.to(input, DType.FLOAT32)));
                Tensor factor = aten.addNumber(aten.to(weight, DType.FLOAT32));
                output = frame.replace(output, aten.multiply(output, factor));
                output = frame.replace(output, aten.to(output, input.dtype()));
                return frame.returning(output);
            }
        });
    }

    /** {@code _norm}, a function of its own whose argument lives until it returns. */
    private Tensor normalized(Tensor argument) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor x = frame.let(argument);
            return aten.multiply(x, aten.reciprocalRoot(aten.addNumber(aten.mean(aten.square(x)))));
        }
    }
}
