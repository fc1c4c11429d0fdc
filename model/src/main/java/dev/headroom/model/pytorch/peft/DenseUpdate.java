package dev.headroom.model.pytorch.peft;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import java.util.function.Supplier;

/**
 * Adds to a layer's output the product of its input with an update of the full size of its matrix.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/loha/layer.py} and {@code lokr/layer.py}, {@code forward}.
 */
final class DenseUpdate {
    private DenseUpdate() {}

    /**
     * The output of the adapted layer.
     *
     * @param delta computes the update, of shape [outputs, inputs]
     */
    static Tensor add(Aten aten, LinearLayer layer, Tensor input, Supplier<Tensor> delta) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            result = frame.replace(result, aten.add(result, activations(aten, input, delta)));
            result = frame.replace(result, aten.to(result, input.dtype()));
            return frame.returning(result);
        }
    }

    private static Tensor activations(Aten aten, Tensor input, Supplier<Tensor> delta) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor update = frame.let(delta.get());
            Tensor x = frame.let(aten.to(input, update.dtype()));
            return aten.linear(x, update, null);
        }
    }
}
