package dev.headroom.model.pytorch.optim;

import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * {@code torch.optim.Muon}: the momentum of each matrix is brought near an orthogonal one in bfloat16, by five rounds of
 * products with its Gram matrix. Matrices are stepped one after the other; the last update outlives its turn.
 *
 * <p>Source: PyTorch 2.11, {@code torch/optim/_muon.py}: {@code _init_group}, {@code _single_tensor_muon},
 * {@code _zeropower_via_newtonschulz}.
 */
final class Muon implements UpdateRule {
    private static final int ROUNDS = 5;

    private final StepMemory memory;
    private final Name update;

    Muon(StepMemory memory) {
        this.memory = memory;
        this.update = new Name(memory);
    }

    /** Refuses parameters that are no matrices, as the constructor does. */
    static void check(List<Tensor> parameters) {
        for (Tensor parameter : parameters) {
            if (parameter.shape().rank() != 2) {
                throw new RefusedJobException(List.of(Problem.invalid(
                        "optimizer",
                        "muon takes matrices only, and a parameter of shape %s trains".formatted(parameter.shape()))));
            }
        }
    }

    @Override
    public void createState(Tensor parameter) {
        memory.state(parameter, "momentum_buffer");
    }

    @Override
    public void update(List<Tensor> parameters) {
        for (Tensor parameter : parameters) {
            Tensor mixed = memory.temporary(parameter, "aten::lerp");
            update.set(mixed);
            update.set(orthogonal(parameter, mixed));
        }
    }

    @Override
    public void end() {
        update.forget();
    }

    /** {@code _zeropower_via_newtonschulz(mixed)}; bfloat16 is worked on in place at first. */
    private Tensor orthogonal(Tensor parameter, Tensor mixed) {
        boolean casts = parameter.dtype() != DType.BFLOAT16;
        Tensor matrix = casts ? temporary(parameter, parameter.shape(), "aten::to") : mixed;
        normalize(parameter);
        Shape shape = wide(parameter.shape());
        Shape square = shape.withLast(shape.dimension(0));
        Name gram = new Name(memory);
        Name gramUpdate = new Name(memory);
        for (int round = 0; round < ROUNDS; round++) {
            gram.set(temporary(parameter, square, "aten::mm"));
            gramUpdate.set(temporary(parameter, square, "aten::addmm"));
            Tensor next = temporary(parameter, shape, "aten::addmm");
            if (matrix != mixed) {
                memory.free(matrix);
            }
            matrix = next;
        }
        gram.forget();
        gramUpdate.forget();
        return matrix;
    }

    /** {@code matrix.div_(matrix.norm().clamp(min=eps))}. */
    private void normalize(Tensor parameter) {
        Tensor norm = temporary(parameter, Shape.SCALAR, "aten::linalg_vector_norm");
        memory.reduction().stageWhole(parameter.shape().size());
        Tensor clamped = temporary(parameter, Shape.SCALAR, "aten::clamp");
        memory.free(norm);
        memory.free(clamped);
    }

    /** The shape, or its transpose, that has no more rows than columns. */
    private Shape wide(Shape shape) {
        Extent rows = shape.dimension(0);
        Extent columns = shape.dimension(1);
        return memory.exceeds(rows.minus(columns), 0) ? Shape.of(columns, rows) : shape;
    }

    private Tensor temporary(Tensor parameter, Shape shape, String operation) {
        return memory.temporary(parameter, shape, DType.BFLOAT16, operation);
    }
}
