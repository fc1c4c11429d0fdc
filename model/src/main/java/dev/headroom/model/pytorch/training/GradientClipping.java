package dev.headroom.model.pytorch.training;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code torch.nn.utils.clip_grad_norm_} with its default implementation, {@code foreach}.
 *
 * <p>Source: PyTorch 2.11, {@code torch/nn/utils/clip_grad.py}; {@code aten/src/ATen/native/cuda/ForeachReduceOp.cu}
 * (chunks of 65,536 elements).
 */
final class GradientClipping {
    private static final long CHUNK = 65_536;

    private final Autograd autograd;
    private final List<Tensor> parameters;

    GradientClipping(Autograd autograd, List<Tensor> parameters) {
        this.autograd = autograd;
        this.parameters = parameters;
    }

    /** Clips; the result, the total norm, is a temporary. */
    Tensor clip() {
        DType dtype = parameters.get(0).dtype();
        int count = parameters.size();
        List<Tensor> norms = new ArrayList<>(count);
        for (List<Tensor> group : TensorGroups.byType(parameters)) {
            dtype = DType.promote(dtype, group.get(0).dtype());
            norms(group, norms);
        }
        Tensor stacked = allocate(Shape.of(count), dtype, "aten::stack");
        Tensor total = allocate(Shape.SCALAR, dtype, "aten::linalg_vector_norm");
        autograd.useUp(stacked);
        norms.forEach(autograd::useUp);
        Tensor shifted = allocate(Shape.SCALAR, dtype, "aten::add");
        Tensor reciprocal = allocate(Shape.SCALAR, dtype, "aten::reciprocal");
        Tensor coefficient = allocate(Shape.SCALAR, dtype, "aten::mul");
        autograd.useUp(reciprocal);
        autograd.useUp(shifted);
        Tensor clamped = allocate(Shape.SCALAR, dtype, "aten::clamp");
        autograd.useUp(coefficient);
        autograd.useUp(clamped);
        return total;
    }

    private void norms(List<Tensor> group, List<Tensor> norms) {
        List<Extent> sizes =
                group.stream().map(parameter -> parameter.shape().size()).toList();
        Extent mostChunks = Extent.largest(sizes).dividedRoundingUpBy(CHUNK);
        Tensor partial = allocate(Shape.of(mostChunks.times(group.size())), DType.FLOAT32, "aten::zeros");
        for (Tensor parameter : group) {
            norms.add(allocate(Shape.SCALAR, parameter.dtype(), "aten::_foreach_norm"));
        }
        autograd.useUp(partial);
    }

    private Tensor allocate(Shape shape, DType dtype, String operation) {
        return autograd.allocate(shape, dtype, operation);
    }
}
