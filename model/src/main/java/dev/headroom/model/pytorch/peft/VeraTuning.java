package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.Vera;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * VeRA's shared matrices, as large as the largest target needs, and an adapter for each target.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/vera/model.py}, {@code _find_dim}, {@code _init_vera_A_vera_B}. The random
 * matrices are drawn on the CPU, so the model is taken there, adapted, and moved to the device as a whole.
 */
final class VeraTuning implements Tuning {
    private final Vera method;

    VeraTuning(Vera method) {
        this.method = method;
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        List<WeightedModule> targets = method.targets().modules(model.architecture());
        long inputs = targets.stream().mapToLong(WeightedModule::inputs).max().orElse(1);
        long outputs = targets.stream().mapToLong(WeightedModule::outputs).max().orElse(1);
        LinearAlgebra algebra = new LinearAlgebra(model.aten());
        model.leaveDevice();
        List<Tensor> trainable = new ArrayList<>();
        List<Tensor> shared = new ArrayList<>();
        model.enterDevice(layer -> {
            if (targets.stream().noneMatch(target -> target.path().equals(layer.path()))) {
                return;
            }
            AdapterWeights weights = new AdapterWeights(model.aten().autograd(), layer.path())
                    .make(VeraAdapter.OUTPUT_SCALES, Shape.of(layer.outputs()))
                    .make(VeraAdapter.INNER_SCALES, Shape.of(method.rank()));
            if (shared.isEmpty()) {
                shared.add(algebra.buffer(Shape.of(method.rank(), inputs), DType.FLOAT32));
                shared.add(algebra.buffer(Shape.of(outputs, method.rank()), DType.FLOAT32));
            }
            layer.adapt(new VeraAdapter(model.aten(), method, weights, shared.get(0), shared.get(1)));
            trainable.addAll(weights.train());
        });
        return trainable;
    }
}
