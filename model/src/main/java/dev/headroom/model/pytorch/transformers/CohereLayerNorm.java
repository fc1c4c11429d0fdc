package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;

/**
 * A layer norm without bias, operation by operation in float32. Source: transformers 5.17, {@code modeling_cohere.py},
 * CohereLayerNorm.
 */
record CohereLayerNorm(Aten aten, String path, Tensor weight) {
    Tensor forward(Tensor x) {
        LinearAlgebra algebra = new LinearAlgebra(aten);
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor hidden = frame.let(aten.to(input, DType.FLOAT32));
                Tensor mean = frame.let(aten.mean(hidden));
                Tensor variance = frame.let(aten.mean(aten.square(algebra.subtract(hidden, mean))));
                Tensor centred = algebra.subtract(hidden, mean);
                hidden = frame.replace(hidden, aten.multiply(centred, aten.reciprocalRoot(aten.addNumber(variance))));
                hidden = frame.replace(hidden, aten.multiply(aten.to(weight, DType.FLOAT32), hidden));
                return hidden.dtype() == input.dtype() ? frame.returning(hidden) : aten.to(hidden, input.dtype());
            }
        });
    }
}
