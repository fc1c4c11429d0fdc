package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;

/** Root-mean-square norm, computed in float32. Source: transformers 5.17, {@code modeling_llama.py}, LlamaRMSNorm. */
final class RmsNorm {
    private final Aten aten;
    private final String path;
    private final Tensor weight;
    private final boolean castsLast;

    private RmsNorm(Aten aten, String path, Tensor weight, boolean castsLast) {
        this.aten = aten;
        this.path = path;
        this.weight = weight;
        this.castsLast = castsLast;
    }

    RmsNorm(Aten aten, String path, Tensor weight) {
        this(aten, path, weight, false);
    }

    /** A norm whose weight multiplies in float32. Source: transformers 5.17, {@code modeling_olmo2.py}, Olmo2RMSNorm. */
    static RmsNorm castingLast(Aten aten, String path, Tensor weight) {
        return new RmsNorm(aten, path, weight, true);
    }

    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(aten.to(input, DType.FLOAT32));
                Tensor variance = frame.let(aten.mean(aten.square(hidden)));
                hidden = frame.replace(hidden, aten.multiply(hidden, aten.reciprocalRoot(aten.addNumber(variance))));
                return castsLast
                        ? aten.to(aten.multiply(weight, hidden), input.dtype())
                        : aten.multiply(weight, aten.to(hidden, input.dtype()));
            }
        });
    }
}
