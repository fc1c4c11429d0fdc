package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.method.TargetParameter;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.GroupedProducts;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.ParameterAdapter;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * LoRA's two matrices for a parameter, which is replaced by itself plus their product while its module is called. For a
 * bank of experts they hold a pair for each expert.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/layer.py}, {@code ParamWrapper}, {@code _LoraFactorsProxy},
 * {@code _LoraParameterProxy}.
 */
final class LoraParameterAdapter implements ParameterAdapter, TrainedWeights {
    private static final String DOWN = "lora_A";
    private static final String UP = "lora_B";

    private final Aten aten;
    private final AdapterWeights weights;

    private LoraParameterAdapter(Aten aten, AdapterWeights weights) {
        this.aten = aten;
        this.weights = weights;
    }

    /** The adapter of a matrix of shape [outputs, inputs], or of a bank of shape [experts, outputs, inputs]. */
    static LoraParameterAdapter of(Aten aten, Lora method, TargetParameter target) {
        List<Long> shape = target.weight().shape();
        long inputs = shape.get(shape.size() - 1);
        long outputs = shape.get(shape.size() - 2);
        long matrices = shape.size() == 3 ? shape.get(0) : 1;
        Extent rank = Extent.rank(method.rank()).times(Math.multiplyExact(matrices, target.parts()));
        String path = target.module().path() + "." + target.weight().name();
        return new LoraParameterAdapter(
                aten,
                new AdapterWeights(aten.autograd(), path)
                        .make(DOWN, Shape.of(rank, Extent.of(inputs)))
                        .make(UP, Shape.of(Extent.of(outputs), rank)));
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public List<Tensor> prepare(Tensor parameter) {
        return parameter.shape().rank() == 3 ? factors(parameter) : List.of(delta(parameter));
    }

    @Override
    public Tensor updated(Tensor parameter, List<Tensor> prepared) {
        return parameter.shape().rank() == 3
                ? GroupedProducts.addProduct(aten, parameter, prepared.get(0), prepared.get(1))
                : aten.add(parameter, prepared.get(0));
    }

    /** {@code get_delta_factors}: B as [experts, outputs, rank], a transposed view unless it is cast, and A. */
    private List<Tensor> factors(Tensor parameter) {
        Extent experts = parameter.shape().dimension(0);
        Tensor down = weights.get(DOWN);
        Tensor up = weights.get(UP);
        Extent rank = down.shape().dimension(0).dividedExactlyBy(experts.value());
        try (Frame frame = aten.autograd().frame()) {
            Tensor right = frame.let(
                    aten.view(down, Shape.of(experts, rank, down.shape().dimension(1))));
            Tensor split = aten.view(up, Shape.of(up.shape().dimension(0), rank, experts));
            Tensor left = frame.let(aten.lastDimensionFirst(split));
            left = frame.replace(left, aten.to(left, parameter.dtype()));
            right = frame.replace(right, aten.to(right, parameter.dtype()));
            return List.of(frame.returning(left), frame.returning(right));
        }
    }

    /** {@code Linear.get_delta_weight}. */
    private Tensor delta(Tensor parameter) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor product = new LinearAlgebra(aten).product(weights.get(UP), weights.get(DOWN));
            Tensor delta = frame.let(aten.scale(product));
            delta = frame.replace(delta, aten.to(delta, parameter.dtype()));
            return frame.returning(delta);
        }
    }
}
