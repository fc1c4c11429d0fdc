package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.method.Adalora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * AdaLoRA's adapters, and the penalty on their matrices that is added to the loss.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/adalora/model.py}, {@code AdaLoraModel.forward}.
 */
final class AdaloraTuning implements Tuning {
    private final AdapterInjection injection;
    private final List<AdaloraAdapter> adapters = new ArrayList<>();

    AdaloraTuning(Adalora method, Architecture architecture) {
        this.injection = new AdapterInjection(method.targets().modules(architecture), (aten, layer) -> {
            AdaloraAdapter adapter = new AdaloraAdapter(aten, method, layer);
            adapters.add(adapter);
            return adapter;
        });
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        return injection.wrap(model);
    }

    @Override
    public Tensor addToLoss(Aten aten, Tensor loss) {
        LinearAlgebra algebra = new LinearAlgebra(aten);
        try (Frame frame = aten.autograd().frame()) {
            Tensor covariance = null;
            Tensor identity = null;
            Tensor sum = null;
            for (AdaloraAdapter adapter : adapters) {
                boolean wide = true;
                for (Tensor factor : adapter.factors()) {
                    Tensor next = covariance(aten, algebra, factor, wide);
                    covariance = covariance == null ? frame.let(next) : frame.replace(covariance, next);
                    Tensor ones = algebra.identity(next.shape().dimension(0).value(), next.dtype());
                    identity = identity == null ? frame.let(ones) : frame.replace(identity, ones);
                    Tensor norm = algebra.norm(algebra.subtract(covariance, identity), Shape.SCALAR);
                    sum = sum == null
                            ? frame.let(aten.addNumber(norm))
                            : frame.replace(sum, algebra.addInPlace(sum, norm, false));
                    wide = false;
                }
            }
            if (sum == null) {
                return loss;
            }
            Tensor mean = frame.replace(sum, aten.divide(sum));
            return algebra.addInPlace(loss, aten.scale(mean), false);
        }
    }

    /** {@code p @ p.T} of a wide matrix, {@code p.T @ p} of a tall one. */
    private static Tensor covariance(Aten aten, LinearAlgebra algebra, Tensor factor, boolean wide) {
        return wide ? algebra.product(factor, aten.transpose(factor)) : algebra.product(aten.transpose(factor), factor);
    }
}
