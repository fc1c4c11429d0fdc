package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;

/**
 * LoRA with a magnitude for each output. In every forward pass the update is formed as a matrix, by way of an identity of
 * the layer's input size, to take the norms of the adapted rows.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/dora.py}, {@code DoraLinearLayer}; {@code lora/variants.py},
 * {@code DoraLinearVariant}.
 */
final class DoraAdapter implements TrainedAdapter {
    private static final String MAGNITUDE = "lora_magnitude_vector";

    private final Aten aten;
    private final LinearAlgebra algebra;
    private final LinearLayer layer;
    private final LoraMatrices matrices;

    DoraAdapter(Aten aten, Lora method, LinearLayer layer) {
        this.aten = aten;
        this.algebra = new LinearAlgebra(aten);
        this.layer = layer;
        this.matrices = new LoraMatrices(aten, method, layer);
    }

    @Override
    public AdapterWeights weights() {
        return matrices.weights();
    }

    /** The magnitudes begin as the norms of the frozen matrix's rows. */
    @Override
    public void initialise() {
        AdapterWeights weights = matrices.weights();
        try (Frame frame = aten.autograd().frame()) {
            boolean casts = matrices.dtype() == DType.FLOAT16;
            Tensor down = frame.let(casts ? aten.to(weights.get("lora_A"), DType.FLOAT32) : weights.get("lora_A"));
            Tensor up = frame.let(casts ? aten.to(weights.get("lora_B"), DType.FLOAT32) : weights.get("lora_B"));
            Tensor update = frame.let(algebra.product(up, down));
            update = casts ? frame.replace(update, aten.to(update, DType.FLOAT16)) : update;
            Tensor adapted = frame.let(aten.add(layer.rows(layer.weight()), aten.scale(update)));
            weights.compute(MAGNITUDE, Shape.of(layer.outputs()), adapted.dtype());
            if (layer.storesInputsFirst()) {
                aten.autograd().reduction().stageColumns(layer.weight().shape());
            }
        }
    }

    @Override
    public Tensor forward(LinearLayer wrapped, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(wrapped.base(input));
            DType resultType = result.dtype();
            Tensor x = frame.let(aten.to(input, matrices.dtype()));
            result = frame.replace(result, variant(result, x));
            result = frame.replace(result, aten.to(result, resultType));
            return frame.returning(result);
        }
    }

    /** {@code DoraLinearVariant.forward}: with dropout the base layer's product is computed again, of the dropped input. */
    private Tensor variant(Tensor result, Tensor input) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor x = matrices.drops() ? frame.let(matrices.dropped(input)) : input;
            String module = layer.path() + "." + MAGNITUDE + ".default";
            Tensor delta = aten.inModule(module, x, argument -> delta(argument, result));
            return aten.add(result, delta);
        }
    }

    private Tensor delta(Tensor x, Tensor result) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor update = frame.let(update());
            update = frame.replace(update, aten.to(update, x.dtype()));
            Tensor weight = frame.let(aten.to(layer.weight(), x.dtype()));
            Tensor norms = frame.let(norms(weight, update));
            Tensor quotient = algebra.divide(matrices.weights().get(MAGNITUDE), norms);
            Tensor scale = frame.let(
                    aten.view(quotient, Shape.of(Extent.ONE, quotient.shape().dimension(0))));
            Tensor product = frame.let(matrices.up(matrices.down(x)));
            Tensor base = frame.let(baseResult(x, result, weight));
            Tensor direct = aten.multiply(aten.addNumber(scale), base);
            Tensor added = aten.scale(aten.multiply(scale, product));
            return aten.add(direct, added);
        }
    }

    /** {@code lora_B(lora_A(eye)).T}. */
    private Tensor update() {
        try (Frame frame = aten.autograd().frame()) {
            Tensor identity = frame.let(algebra.identity(layer.inputs(), matrices.dtype()));
            return aten.transpose(matrices.up(matrices.down(identity)));
        }
    }

    /** Norms of the rows of {@code weight + scaling * update}, through which no gradient flows. */
    private Tensor norms(Tensor weight, Tensor update) {
        return aten.autograd().withGradient(false, () -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor adapted = frame.let(aten.add(layer.rows(weight), aten.scale(update)));
                return algebra.norm(adapted, Shape.of(adapted.shape().dimension(0)), layer.storesInputsFirst());
            }
        });
    }

    private Tensor baseResult(Tensor x, Tensor result, Tensor weight) {
        if (matrices.drops()) {
            return aten.linear(x, layer.rows(weight), null);
        }
        return layer.bias().map(bias -> algebra.subtract(result, bias)).orElse(result);
    }
}
