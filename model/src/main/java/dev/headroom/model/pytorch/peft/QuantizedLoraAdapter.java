package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;

/**
 * LoRA's matrices beside a quantized layer. The result of a 4-bit layer is copied first; inputs are cast to the adapter's type,
 * and the update back, unless autocast does that.
 *
 * <p>Source: peft 0.12, 0.13 and 0.21, {@code peft/tuners/lora/bnb.py}, {@code Linear4bit.forward},
 * {@code Linear8bitLt.forward}; 0.12 and 0.13, {@code lora/gptq.py}, {@code QuantLinear.forward}.
 */
final class QuantizedLoraAdapter implements TrainedAdapter {
    private final Aten aten;
    private final LoraMatrices matrices;

    QuantizedLoraAdapter(Aten aten, Lora method, LinearLayer layer) {
        this.aten = aten;
        this.matrices = new LoraMatrices(aten, method, layer);
    }

    @Override
    public AdapterWeights weights() {
        return matrices.weights();
    }

    @Override
    public Tensor forward(LinearLayer layer, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(layer.base(input));
            if (layer.adapterForm() == AdapterForm.FOUR_BIT) {
                result = frame.replace(result, aten.copy(result, result.shape()));
            }
            DType expected = result.dtype();
            Tensor x = frame.let(converts() ? aten.to(input, matrices.dtype()) : input);
            Tensor update = layer.adapterForm() == AdapterForm.IN_PLACE
                    ? castThenScaled(frame, x, expected)
                    : scaledThenCast(frame, x, expected);
            Tensor sum = layer.adapterForm() == AdapterForm.IN_PLACE
                    ? new LinearAlgebra(aten).addInPlaceToView(result, update)
                    : aten.add(result, update);
            result = frame.replace(result, sum);
            return frame.returning(result);
        }
    }

    private Tensor scaledThenCast(Frame frame, Tensor x, DType expected) {
        Tensor update = frame.let(aten.scale(matrices.up(matrices.down(matrices.dropped(x)))));
        return converts() ? frame.replace(update, aten.to(update, expected)) : update;
    }

    private Tensor castThenScaled(Frame frame, Tensor x, DType expected) {
        Tensor update = frame.let(matrices.up(matrices.down(matrices.dropped(x))));
        if (converts()) {
            update = frame.replace(update, aten.to(update, expected));
        }
        return frame.replace(update, aten.scale(update));
    }

    /** Whether types are brought together by hand, as autocast does not. */
    private boolean converts() {
        return aten.autograd().autocast().dtype().isEmpty();
    }
}
