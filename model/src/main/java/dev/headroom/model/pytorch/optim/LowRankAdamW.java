package dev.headroom.model.pytorch.optim;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * AdamW whose moments are those of gradients projected to a low rank: {@code galore_torch.GaLoreAdamW}, which projects by a
 * singular value decomposition of the gradient and projects the update back, and {@code apollo_torch.APOLLOAdamW}, which
 * projects by random numbers and scales the gradient itself, channel by channel. Parameters are stepped one after the other,
 * and names of the Python function outlive their turn.
 *
 * <p>Projections are made in the first step and again every 200 steps. APOLLO's limiter is taken to be a tensor, which it is
 * where the gradient grew by more than 1 %; else one scalar is not there.
 *
 * <p>Source: GaLore 1.0, {@code galore_torch/adamw.py}, {@code galore_projector.py}; APOLLO 1.0,
 * {@code apollo_torch/apollo.py}, {@code random_projector.py}; PyTorch 2.11,
 * {@code aten/src/ATen/native/BatchLinearAlgebra.cpp}, {@code linalg_svd}.
 */
final class LowRankAdamW implements UpdateRule {
    /** How gradients are projected. */
    enum Projection {
        SINGULAR_VECTORS,
        RANDOM
    }

    private final StepMemory memory;
    private final Projection projection;
    private final int rank;
    private final Set<Tensor> projected;
    private final Map<Tensor, Tensor> projectors = new HashMap<>();
    private final Set<Tensor> withMoments = new HashSet<>();

    /** {@code state["scaled_grad"]}: the norm of the last scaled gradient. */
    private final Map<Tensor, Tensor> norms = new HashMap<>();

    private final Name gradient;
    private final Name denominator;
    private final Name update;
    private final Name factor;
    private final Name scaled;
    private final Name norm;
    private final Name limiter;
    private final List<Name> names;

    LowRankAdamW(StepMemory memory, Projection projection, int rank, List<Tensor> projected) {
        this.memory = memory;
        this.projection = projection;
        this.rank = rank;
        this.projected = Set.copyOf(projected);
        gradient = new Name(memory);
        denominator = new Name(memory);
        update = new Name(memory);
        factor = new Name(memory);
        scaled = new Name(memory);
        norm = new Name(memory);
        limiter = new Name(memory);
        names = List.of(gradient, denominator, update, factor, scaled, norm, limiter);
    }

    /** Made amid the update, of the projected gradient's shape. */
    @Override
    public void createState(Tensor parameter) {}

    @Override
    public void update(List<Tensor> parameters) {
        parameters.forEach(this::step);
    }

    @Override
    public void end() {
        names.forEach(Name::forget);
    }

    private void step(Tensor parameter) {
        gradient.forget();
        boolean low = projected.contains(parameter);
        Shape shape = low ? project(parameter) : parameter.shape();
        if (withMoments.add(parameter)) {
            memory.state(parameter, shape, parameter.dtype(), "exp_avg");
            memory.state(parameter, shape, parameter.dtype(), "exp_avg_sq");
        }
        denominator.set(temporary(parameter, shape, "aten::sqrt"));
        update.set(temporary(parameter, shape, "aten::div"));
        if (low && projection == Projection.SINGULAR_VECTORS) {
            Tensor product = memory.temporary(parameter, "aten::mm");
            Tensor back = memory.temporary(parameter, "aten::mul");
            memory.free(product);
            update.set(back);
        } else if (low) {
            scaleGradient(parameter, shape);
        }
    }

    /** {@code grad = state["projector"].project(grad, step)}; the shape of what comes out. */
    private Shape project(Tensor parameter) {
        if (!projectors.containsKey(parameter)) {
            projectors.put(
                    parameter, projection == Projection.RANDOM ? randomMatrix(parameter) : singularVectors(parameter));
        }
        Shape shape = isTall(parameter)
                ? Shape.of(parameter.shape().dimension(0), Extent.of(rank(parameter)))
                : Shape.of(Extent.of(rank(parameter)), parameter.shape().dimension(1));
        gradient.set(temporary(parameter, shape, "aten::mm"));
        return shape;
    }

    /** Rows of a random matrix can be more than the gradient has, singular vectors cannot. */
    private long rank(Tensor parameter) {
        return projection == Projection.RANDOM ? rank : Math.min(rank, shorterSide(parameter));
    }

    private static long shorterSide(Tensor parameter) {
        return Math.min(
                parameter.shape().dimension(0).value(),
                parameter.shape().dimension(1).value());
    }

    /** Whether columns are projected, and not rows ({@code proj_type="std"}). */
    private static boolean isTall(Tensor parameter) {
        return parameter.shape().dimension(0).value()
                >= parameter.shape().dimension(1).value();
    }

    private Shape projectorShape(Tensor parameter) {
        return isTall(parameter)
                ? Shape.of(Extent.of(rank(parameter)), parameter.shape().dimension(1))
                : Shape.of(parameter.shape().dimension(0), Extent.of(rank(parameter)));
    }

    /** {@code GradientProjector.get_orthogonal_matrix}: in float32 first, beside a float32 copy of the gradient. */
    private Tensor randomMatrix(Tensor parameter) {
        Shape shape = projectorShape(parameter);
        if (parameter.dtype() == DType.FLOAT32) {
            Tensor numbers = temporary(parameter, shape, "aten::randn");
            Tensor matrix = memory.state(parameter, shape, DType.FLOAT32, "projector");
            memory.free(numbers);
            return matrix;
        }
        Tensor copy = wide(parameter, parameter.shape(), "aten::to");
        Tensor numbers = wide(parameter, shape, "aten::randn");
        Tensor divided = wide(parameter, shape, "aten::div");
        memory.free(numbers);
        Tensor matrix = memory.state(parameter, shape, parameter.dtype(), "projector");
        memory.free(divided);
        memory.free(copy);
        return matrix;
    }

    /**
     * {@code GaLoreProjector.get_orthogonal_matrix}. In float32 the projector is a view, which keeps all vectors; in 16 bits it
     * is a copy.
     */
    private Tensor singularVectors(Tensor parameter) {
        memory.load(KernelModule.CUSOLVER_SVD);
        Shape whole = parameter.shape();
        boolean casts = parameter.dtype() != DType.FLOAT32;
        Tensor copy = casts ? wide(parameter, whole, "aten::to") : null;
        Extent rows = whole.dimension(0);
        Extent columns = whole.dimension(1);
        Extent values = Extent.of(shorterSide(parameter));
        boolean right = isTall(parameter);
        Tensor left = vectors(parameter, Shape.of(rows, values), !right && !casts);
        Tensor rights = vectors(parameter, Shape.of(values, columns), right && !casts);
        Tensor singular = wide(parameter, Shape.of(values), "aten::_linalg_svd");
        Tensor info = memory.temporary(parameter, Shape.SCALAR, DType.INT32, "aten::zeros");
        Tensor overwritten = wide(parameter, whole, "aten::empty_like");
        Tensor workspace = memory.temporary(
                parameter,
                Shape.of(SingularValueWorkspace.bytes(rows.value(), columns.value())),
                DType.UINT8,
                "cusolverDnSgesvdj");
        memory.free(workspace);
        memory.free(overwritten);
        Tensor any = memory.temporary(parameter, Shape.SCALAR, DType.BOOL, "aten::any");
        memory.free(memory.temporary(parameter, Shape.SCALAR, DType.BOOL, "aten::to"));
        memory.free(any);
        memory.free(info);
        Tensor kept = right ? rights : left;
        if (copy != null) {
            Tensor cast = memory.state(parameter, projectorShape(parameter), parameter.dtype(), "projector");
            memory.free(kept);
            kept = cast;
        }
        memory.free(right ? left : rights);
        memory.free(singular);
        if (copy != null) {
            memory.free(copy);
        }
        return kept;
    }

    private Tensor vectors(Tensor parameter, Shape shape, boolean stays) {
        return stays
                ? memory.state(parameter, shape, DType.FLOAT32, "projector")
                : wide(parameter, shape, "aten::_linalg_svd");
    }

    /** Scales the gradient by how much Adam scaled the projected one, channel by channel, and limits how fast it grows. */
    private void scaleGradient(Tensor parameter, Shape low) {
        Shape channels = isTall(parameter) ? Shape.of(low.dimension(0)) : Shape.of(low.dimension(1));
        Tensor updateNorm = channelNorm(parameter, low, channels);
        Tensor gradientNorm = channelNorm(parameter, low, channels);
        Tensor guarded = temporary(parameter, channels, "aten::add");
        memory.free(gradientNorm);
        Tensor ratio = temporary(parameter, channels, "aten::div");
        memory.free(updateNorm);
        memory.free(guarded);
        factor.set(ratio);
        scaled.set(memory.temporary(parameter, "aten::mul"));
        Tensor before = norms.get(parameter);
        if (before == null) {
            norms.put(parameter, memory.state(parameter, Shape.SCALAR, parameter.dtype(), "scaled_grad"));
            memory.reduction().stageWhole(parameter.shape().size());
        } else {
            limit(parameter, before);
        }
        update.forget(); // norm_grad = scaled_grad: the other name keeps it.
    }

    private Tensor channelNorm(Tensor parameter, Shape low, Shape channels) {
        Tensor norms = temporary(parameter, channels, "aten::linalg_vector_norm");
        if (!isTall(parameter)) {
            memory.reduction().stageColumns(low);
        }
        return norms;
    }

    private void limit(Tensor parameter, Tensor before) {
        Tensor now = scalar(parameter, "aten::linalg_vector_norm");
        memory.reduction().stageWhole(parameter.shape().size());
        norm.set(now);
        Tensor guarded = scalar(parameter, "aten::add");
        Tensor growth = scalar(parameter, "aten::div");
        memory.free(guarded);
        memory.free(memory.temporary(parameter, Shape.SCALAR, DType.BOOL, "aten::lt"));
        Tensor limit = scalar(parameter, "aten::div");
        memory.free(growth);
        limiter.set(limit);
        scaled.set(memory.temporary(parameter, "aten::div"));
        norms.put(parameter, memory.state(parameter, Shape.SCALAR, parameter.dtype(), "scaled_grad"));
        memory.free(before);
    }

    private Tensor temporary(Tensor parameter, Shape shape, String operation) {
        return memory.temporary(parameter, shape, parameter.dtype(), operation);
    }

    private Tensor wide(Tensor parameter, Shape shape, String operation) {
        return memory.temporary(parameter, shape, DType.FLOAT32, operation);
    }

    private Tensor scalar(Tensor parameter, String operation) {
        return temporary(parameter, Shape.SCALAR, operation);
    }
}
