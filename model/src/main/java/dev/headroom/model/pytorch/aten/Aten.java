package dev.headroom.model.pytorch.aten;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's tensor operations. Each says, in this order, what it saves, what it allocates, and what its backward does.
 *
 * <p>Source: PyTorch 2.11, {@code tools/autograd/derivatives.yaml} (what is saved), {@code FunctionsManual.cpp} and
 * {@code aten/src/ATen/native/cuda} (what is allocated), confirmed by recorded allocations on an H200.
 */
public final class Aten {
    /** Tokens up to which an embedding gradient is computed without sorting ({@code Embedding.cu}). */
    private static final long FEW_TOKENS = 3072;
    /** Rows a partial sum of the embedding gradient takes in. */
    private static final long PARTIAL_ROWS = 10;
    /** Scratch of CUB's scans and its selection of unique keys. */
    private static final long SCAN_BYTES = 1279;

    private final Autograd autograd;
    private final Blas blas;

    public Aten(Autograd autograd, ComputeCapability capability) {
        this.autograd = autograd;
        this.blas = new Blas(autograd, capability);
    }

    public Autograd autograd() {
        return autograd;
    }

    Blas blas() {
        return blas;
    }

    /** Runs a module's forward; its argument stays referenced until the call returns. */
    public Tensor inModule(String path, Tensor argument, UnaryOperator<Tensor> forward) {
        try (Frame frame = autograd.enterModule(path)) {
            Tensor input = frame.let(argument);
            Tensor output = forward.apply(input);
            if (output == input) {
                return frame.returning(input);
            }
            return output;
        }
    }

    // ---- shape

    /** {@code x.view(shape)}: no memory; its gradient is copied if it cannot be viewed. */
    public Tensor view(Tensor x, Shape shape) {
        Operation op = autograd.operation("ViewBackward0", x);
        Shape before = x.shape();
        return op.returns(autograd.alias(x, shape), call -> one(call.reshapedGradient(before)));
    }

    /** A matrix or batch of matrices with its last two dimensions exchanged, for a product: no memory. */
    public Tensor transpose(Tensor x) {
        Operation op = autograd.operation("TransposeBackward0", x);
        Shape before = x.shape();
        return op.returns(autograd.alias(x, before.transposed(-2, -1)), call -> one(call.viewOfGradient(before)));
    }

    /** {@code x.transpose(1, 2)}: no memory, but another order of dimensions in memory, unless one of them is 1. */
    public Tensor transposeHeads(Tensor x) {
        Operation op = autograd.operation("TransposeBackward0", x);
        Shape before = x.shape();
        boolean single = before.dimension(1).isOne() || before.dimension(2).isOne();
        Tensor out = autograd.alias(x, before.transposed(1, 2), x.isContiguous() == single);
        return op.returns(out, call -> {
            Tensor gradient = call.gradient();
            return one(autograd.alias(gradient, before, gradient.isContiguous() == single));
        });
    }

    /**
     * {@code x.transpose(1, 2)} of keys that a product takes with tokens last: so comes their gradient, in which the elements
     * of all heads are neighbours, as they are in x.
     */
    public Tensor transposeHeadsOfKeys(Tensor x) {
        Operation op = autograd.operation("TransposeBackward0", x);
        Shape before = x.shape();
        Tensor out = autograd.alias(x, before.transposed(1, 2), !x.isContiguous());
        return op.returns(out, call -> one(call.viewOfGradient(before)));
    }

    /** {@code x.permute(-1, 0, 1)} of three dimensions: no memory, but another order of dimensions in memory. */
    public Tensor lastDimensionFirst(Tensor x) {
        Operation op = autograd.operation("PermuteBackward0", x);
        Shape before = x.shape();
        Tensor out = autograd.alias(x, Shape.of(before.dimension(2), before.dimension(0), before.dimension(1)), false);
        return op.returns(out, call -> one(autograd.alias(call.gradient(), before, false)));
    }

    /** {@code x.contiguous()}: a copy unless the order in memory is right already. */
    public Tensor contiguous(Tensor x) {
        return x.isContiguous() ? x : copy(x, x.shape());
    }

    /** {@code x[..., a:b]}: a view whose gradient is zero-filled to full size. */
    public Tensor slice(Tensor x, Shape shape) {
        return slice(x, shape, x.isContiguous());
    }

    /** {@code x[..., a:b]}, whose order in memory counts as that of its dimensions, or does not. */
    public Tensor slice(Tensor x, Shape shape, boolean contiguous) {
        Operation op = autograd.operation("SliceBackward0", x);
        Shape before = x.shape();
        return op.returns(
                autograd.alias(x, shape, contiguous),
                call -> one(call.allocate(before, call.gradient().dtype())));
    }

    /** {@code x[..., :]} over all of the last dimension: the same tensor, behind a node of its own. */
    public Tensor sliceAll(Tensor x) {
        Operation op = autograd.operation("AliasBackward0", x);
        return op.returns(autograd.alias(x, x.shape(), x.isContiguous()), call -> one(call.handOn()));
    }

    /** {@code x.chunk(count, -1)}: views; their gradients are concatenated. */
    public Tensor[] chunks(Tensor x, int count) {
        Operation op = autograd.operation("SplitBackward0", x);
        Shape before = x.shape();
        Shape part = before.withLast(before.dimension(-1).dividedExactlyBy(count));
        Tensor[] views = new Tensor[count];
        for (int i = 0; i < count; i++) {
            views[i] = autograd.alias(x, part, x.isContiguous());
        }
        DType dtype = x.dtype();
        return op.returnsAll(views, call -> one(call.allocate(before, dtype)));
    }

    /** {@code pad(x, (0, n))}: a copy of x with longer rows; its gradient is copied out of the longer one. */
    public Tensor padLast(Tensor x, Extent length) {
        Operation op = autograd.operation("ConstantPadNdBackward0", x);
        Shape before = x.shape();
        Tensor out = op.allocates(before.withLast(length), x.dtype());
        return op.returns(out, call -> one(call.allocate(before, call.gradient().dtype())));
    }

    /** {@code x.expand(shape)}: a view whose gradient is summed. */
    public Tensor expand(Tensor x, Shape shape) {
        Operation op = autograd.operation("ExpandBackward0", x);
        Shape before = x.shape();
        return op.returns(
                autograd.alias(x, shape),
                call -> one(call.allocate(before, call.gradient().dtype())));
    }

    /** {@code x.clone()}, {@code x.contiguous()} or a reshape that cannot be a view. */
    public Tensor copy(Tensor x, Shape shape) {
        Operation op = autograd.operation("CloneBackward0", x);
        Tensor out = op.allocates(shape, x.dtype());
        Shape before = x.shape();
        return op.returns(out, call -> one(call.viewOfGradient(before)));
    }

    /** {@code torch.cat((a, b), -1)}. */
    public Tensor concatenate(Tensor a, Tensor b) {
        return concatenate(a, b, -1);
    }

    /** {@code torch.cat((a, b), dimension)}, in the wider of both types. */
    public Tensor concatenate(Tensor a, Tensor b, int dimension) {
        Operation op = autograd.operation("CatBackward0", a, b);
        Extent length = a.shape().dimension(dimension).plus(b.shape().dimension(dimension));
        Tensor out = op.allocates(a.shape().with(dimension, length), DType.promote(a.dtype(), b.dtype()));
        Shape left = a.shape();
        Shape right = b.shape();
        return op.returns(out, call -> two(call.viewOfGradient(left), call.viewOfGradient(right)));
    }

    /**
     * {@code torch.cat((a, b), dim=-2)} of the heads of values. A single head's gradient would be rows for the projection
     * before it, did not the other part's lie between sequences; where it is cast, the cast closes the gaps.
     */
    public Tensor concatenateValues(Tensor a, Tensor b) {
        boolean several = autograd.exceeds(a.shape().dimension(0), 1);
        if (!several || !a.shape().dimension(1).isOne() || a.dtype() != b.dtype()) {
            return concatenate(a, b, -2);
        }
        Operation op = autograd.operation("CatBackward0", a, b);
        Extent length = a.shape().dimension(-2).plus(b.shape().dimension(-2));
        Tensor out = op.allocates(a.shape().with(-2, length), a.dtype());
        Shape left = a.shape();
        Shape right = b.shape();
        return op.returns(
                out,
                call -> two(
                        autograd.alias(call.gradient(), left, false), autograd.alias(call.gradient(), right, false)));
    }

    /**
     * {@code torch.cat((a, b), dim=1)} of hidden states: between the sequences of each gradient lies the other's, so that a
     * leaf takes a copy.
     */
    public Tensor concatenateTokens(Tensor a, Tensor b) {
        Operation op = autograd.operation("CatBackward0", a, b);
        Extent length = a.shape().dimension(1).plus(b.shape().dimension(1));
        Tensor out = op.allocates(a.shape().with(1, length), a.dtype());
        boolean single = !autograd.exceeds(a.shape().dimension(0), 1);
        Shape left = a.shape();
        Shape right = b.shape();
        return op.returns(
                out,
                call -> two(
                        call.needs(0) ? autograd.alias(call.gradient(), left, single) : null,
                        call.needs(1) ? autograd.alias(call.gradient(), right, single) : null));
    }

    /** {@code x.repeat(times, 1, 1)} of an x that has one row in its first dimension. */
    public Tensor repeatFirst(Tensor x, Extent times) {
        Operation op = autograd.operation("RepeatBackward0", x);
        Shape before = x.shape();
        Tensor out = op.allocates(before.with(0, times), x.dtype());
        return op.returns(out, call -> one(autograd.reduction().sum(call.gradient(), before)));
    }

    /** {@code x.repeat(times, 1)} of the rows of a matrix. */
    public Tensor repeatRows(Tensor x, Extent times) {
        Operation op = autograd.operation("RepeatBackward0", x);
        Shape before = x.shape();
        Shape stacked = Shape.of(times, before.dimension(0), before.dimension(1));
        Tensor out = op.allocates(before.with(0, before.dimension(0).times(times)), x.dtype());
        return op.returns(out, call -> {
            Tensor blocks = autograd.alias(call.gradient(), stacked);
            Tensor sum = call.allocate(before, blocks.dtype());
            autograd.useUp(blocks);
            return one(sum);
        });
    }

    /** {@code x.permute(…)}: no memory, but another order of dimensions in memory. */
    public Tensor permute(Tensor x, Shape shape) {
        Operation op = autograd.operation("PermuteBackward0", x);
        Shape before = x.shape();
        return op.returns(autograd.alias(x, shape, false), call -> one(autograd.alias(call.gradient(), before, false)));
    }

    /** {@code x.split(sizes, -1)}: views; their gradients are concatenated. */
    public Tensor[] splitLast(Tensor x, long... sizes) {
        Operation op = autograd.operation("SplitWithSizesBackward0", x);
        Shape before = x.shape();
        Tensor[] views = new Tensor[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            views[i] = autograd.alias(x, before.withLast(Extent.of(sizes[i])), x.isContiguous());
        }
        DType dtype = x.dtype();
        return op.returnsAll(views, call -> one(call.allocate(before, dtype)));
    }

    /** {@code x.split(n)} into {@code count} views of equal parts of the first dimension. */
    public Tensor[] splitFirst(Tensor x, int count) {
        Operation op = autograd.operation("SplitBackward0", x);
        Shape before = x.shape();
        Shape part = before.with(0, before.dimension(0).dividedExactlyBy(count));
        Tensor[] views = new Tensor[count];
        for (int i = 0; i < count; i++) {
            views[i] = autograd.alias(x, part, x.isContiguous());
        }
        DType dtype = x.dtype();
        return op.returnsAll(views, call -> one(call.allocate(before, dtype)));
    }

    /** {@code x.split(1, dim=1)}: a view of each head of queries, keys or values; the gradients are concatenated. */
    public Tensor[] splitHeads(Tensor x) {
        Operation op = autograd.operation("SplitBackward0", x);
        Shape before = x.shape();
        Tensor[] views = new Tensor[(int) before.dimension(1).value()];
        for (int i = 0; i < views.length; i++) {
            views[i] = autograd.alias(x, before.with(1, Extent.ONE), views.length == 1 && x.isContiguous());
        }
        DType dtype = x.dtype();
        return op.returnsAll(views, call -> one(call.allocate(before, dtype)));
    }

    /** {@code torch.cat(heads, dim=1)} of single heads: between the sequences of one gradient lie those of the others. */
    public Tensor concatenateHeads(Tensor[] heads) {
        Operation op = autograd.operation("CatBackward0", heads);
        Shape single = heads[0].shape();
        Tensor out = op.allocates(single.with(1, Extent.of(heads.length)), heads[0].dtype());
        boolean contiguous = heads.length == 1 || !autograd.exceeds(single.dimension(0), 1);
        return op.returns(out, call -> {
            @Nullable Tensor[] gradients = new Tensor[heads.length];
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] = call.needs(i) ? autograd.alias(call.gradient(), single, contiguous) : null;
            }
            return gradients;
        });
    }

    /** {@code x.unbind(0)}: views of the rows of the first dimension, whose gradients are stacked. */
    public Tensor[] unbind(Tensor x) {
        Operation op = autograd.operation("UnbindBackward0", x);
        Shape before = x.shape();
        Tensor[] views = new Tensor[(int) before.dimension(0).value()];
        for (int i = 0; i < views.length; i++) {
            views[i] = autograd.alias(x, before.withoutDimension(0), x.isContiguous());
        }
        DType dtype = x.dtype();
        return op.returnsAll(views, call -> one(call.allocate(before, dtype)));
    }

    /** {@code torch.cat((empty, x))} with an empty tensor of {@code dtype}: a copy. */
    public Tensor appendToEmpty(Tensor x, DType dtype) {
        Operation op = autograd.operation("CatBackward0", x);
        Tensor out = op.allocates(x.shape(), DType.promote(dtype, x.dtype()));
        Shape before = x.shape();
        return op.returns(out, call -> one(call.viewOfGradient(before)));
    }

    /** {@code x.to(dtype)}: nothing if it has that type already; elements that indices share become as many as there are indices. */
    public Tensor to(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : cast(x, dtype, x.isContiguous() || x.isLoose());
    }

    /** {@code x.to(dtype)} of an x whose elements are apart in memory: they are brought together, in the order of x's dimensions. */
    private Tensor toInOrder(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : cast(x, dtype, true);
    }

    private Tensor cast(Tensor x, DType dtype, boolean contiguous) {
        Operation op = autograd.operation("ToCopyBackward0", x);
        Tensor out = op.allocates(x.shape(), dtype, contiguous);
        DType before = x.dtype();
        return op.returns(
                out,
                call -> one(call.allocate(
                        call.gradient().shape(),
                        before,
                        call.gradient().isContiguous() || call.gradient().isLoose())));
    }

    // ---- pointwise

    /** {@code a * b}. */
    public Tensor multiply(Tensor a, Tensor b) {
        Operation op = autograd.operation("MulBackward0", a, b);
        op.saves(op.needs(1) ? a : null).saves(op.needs(0) ? b : null);
        Tensor out = op.allocates(
                Shape.broadcast(a.shape(), b.shape()), DType.promote(a.dtype(), b.dtype()), a.isContiguous());
        return op.returns(out, call -> {
            Tensor second = call.needs(1) ? productGradient(call, call.saved(0)) : null;
            Tensor first = call.needs(0) ? productGradient(call, call.saved(1)) : null;
            return two(first, second);
        });
    }

    private static Tensor productGradient(BackwardCall call, Tensor factor) {
        return call.allocate(
                Shape.broadcast(call.gradient().shape(), factor.shape()),
                DType.promote(call.gradient().dtype(), factor.dtype()),
                call.gradient().isContiguous());
    }

    /**
     * {@code x * table} of complex numbers, each two elements that follow each other; the table does not train. Its
     * gradient is {@code grad * table.conj()}, for which the conjugate is made.
     *
     * <p>Source: PyTorch 2.11, {@code aten/src/ATen/ConjugateFallback.cpp}.
     */
    public Tensor multiplyComplex(Tensor x, Tensor table) {
        Operation op = autograd.operation("MulBackward0", x);
        op.saves(table);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        return op.returns(out, call -> {
            Tensor conjugate = call.allocateLike(call.saved(0));
            Tensor result = call.allocateLike(call.gradient());
            call.free(conjugate);
            return one(result);
        });
    }

    /** {@code x * number}: saves the number, which is no device memory and which saved-tensor hooks do not see. */
    public Tensor scale(Tensor x) {
        Operation op = autograd.operation("MulBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code x / number} of a loss: saves nothing but the number. */
    public Tensor divide(Tensor x) {
        Operation op = autograd.operation("DivBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code x /= number}: no memory, but a gradient of its own. */
    public Tensor divideInPlace(Tensor x) {
        return changedInPlace("DivBackward0", x);
    }

    /** {@code x *= number}: no memory, but a gradient of its own. */
    public Tensor scaleInPlace(Tensor x) {
        return changedInPlace("MulBackward0", x);
    }

    private Tensor changedInPlace(String name, Tensor x) {
        Operation op = autograd.operation(name, x);
        Tensor out = autograd.alias(x, x.shape());
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code a + b}. */
    public Tensor add(Tensor a, Tensor b) {
        Operation op = autograd.operation("AddBackward0", a, b);
        Tensor out = op.allocates(
                Shape.broadcast(a.shape(), b.shape()), DType.promote(a.dtype(), b.dtype()), a.isContiguous());
        return op.returns(out, call -> two(call.needs(0) ? call.handOn() : null, call.needs(1) ? call.handOn() : null));
    }

    /** {@code x + number}. */
    public Tensor addNumber(Tensor x) {
        Operation op = autograd.operation("AddBackward0", x);
        return op.returns(op.allocates(x.shape(), x.dtype(), x.isContiguous()), call -> one(call.handOn()));
    }

    /** {@code -x}. */
    public Tensor negate(Tensor x) {
        Operation op = autograd.operation("NegBackward0", x);
        return op.returns(
                op.allocates(x.shape(), x.dtype(), x.isContiguous()), call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code x.pow(2)}. */
    public Tensor square(Tensor x) {
        return power(x);
    }

    /** {@code x.pow(3)}. */
    public Tensor cube(Tensor x) {
        return power(x);
    }

    /**
     * {@code x.pow(n)} of a whole n above 1. Its gradient is {@code grad * (n * x.pow(n - 1))}, three tensors before the
     * statement ends. Autocast has it computed in float32.
     */
    private Tensor power(Tensor argument) {
        Tensor x = autograd.autocast().dtype().isPresent() ? to(argument, DType.FLOAT32) : argument;
        Operation op = autograd.operation("PowBackward0", x);
        op.saves(x);
        return op.returns(op.allocates(x.shape(), x.dtype(), x.isContiguous()), Aten::gradientByThreeTensors);
    }

    /** {@code torch.rsqrt(x)}. Its gradient is {@code -0.5 * grad * result.pow(3)}, three tensors as well. */
    public Tensor reciprocalRoot(Tensor x) {
        Operation op = autograd.operation("RsqrtBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        op.saves(out);
        return op.returns(out, Aten::gradientByThreeTensors);
    }

    private static @Nullable Tensor[] gradientByThreeTensors(BackwardCall call) {
        Tensor first = call.allocateLike(call.saved(0));
        Tensor second = call.allocateLike(call.saved(0));
        Tensor result = call.allocateLike(call.saved(0));
        call.free(second);
        call.free(first);
        return one(result);
    }

    /** {@code torch.nn.functional.relu(x)}, which saves its result. */
    public Tensor relu(Tensor x) {
        return savingResult("ReluBackward0", x);
    }

    /** {@code torch.exp(x)} of float32, which saves its result. */
    public Tensor exp(Tensor x) {
        return savingResult("ExpBackward0", x);
    }

    /** {@code torch.tanh(x)}, which saves its result. */
    public Tensor tanh(Tensor x) {
        return savingResult("TanhBackward0", x);
    }

    private Tensor savingResult(String name, Tensor x) {
        Operation op = autograd.operation(name, x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        op.saves(out);
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code torch.nn.functional.gelu(x)}, exact or approximated by tanh in one kernel. */
    public Tensor gelu(Tensor x) {
        Operation op = autograd.operation("GeluBackward0", x);
        op.saves(x);
        return op.returns(
                op.allocates(x.shape(), x.dtype(), x.isContiguous()), call -> one(call.allocateLike(call.gradient())));
    }

    /**
     * {@code torch.nn.functional.layer_norm(x, weight, bias)}: float32 under autocast; statistics are float32 in any case.
     * Inputs and gradients that are not in the order of their dimensions, as single heads are not, are copied for the kernel;
     * a cast to float32 is such a copy.
     *
     * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/cuda/layer_norm_kernel.cu}.
     */
    public Tensor layerNorm(Tensor argument, Tensor weight, @Nullable Tensor bias) {
        boolean widened = autograd.autocast().dtype().isPresent();
        Tensor offset = bias != null && widened ? to(bias, DType.FLOAT32) : bias;
        Tensor scale = widened ? to(weight, DType.FLOAT32) : weight;
        Tensor x = widened ? toInOrder(argument, DType.FLOAT32) : argument;
        Operation op = autograd.operation("NativeLayerNormBackward0", x, scale, offset);
        op.saves(x).saves(scale).saves(offset);
        Tensor ordered = x.isContiguous() ? null : op.allocates(x.shape(), x.dtype());
        Tensor out = op.allocates(x.shape(), x.dtype());
        Tensor mean = op.allocates(x.shape().withLast(Extent.ONE), DType.FLOAT32);
        Tensor deviation = op.allocates(x.shape().withLast(Extent.ONE), DType.FLOAT32);
        op.saves(mean).saves(deviation);
        op.returns(out, call -> layerNormGradients(call, call.saved(0)));
        autograd.useUp(mean);
        autograd.useUp(deviation);
        if (ordered != null) {
            autograd.useUp(ordered);
        }
        return out;
    }

    private static @Nullable Tensor[] layerNormGradients(BackwardCall call, Tensor x) {
        Tensor ordered = x.isContiguous() ? null : call.allocate(x.shape(), x.dtype());
        Tensor first = call.needs(0) ? call.allocate(x.shape(), x.dtype()) : null;
        Tensor second = call.needs(1) ? call.allocateLike(call.saved(1)) : null;
        Tensor third = call.needs(2) ? call.allocateLike(call.saved(2)) : null;
        Tensor gradient = call.gradient();
        if (!gradient.isContiguous()) {
            call.free(call.allocate(gradient.shape(), gradient.dtype()));
        }
        if (ordered != null) {
            call.free(ordered);
        }
        return new Tensor[] {first, second, third};
    }

    /** {@code torch.nn.functional.silu(x)}. */
    public Tensor silu(Tensor x) {
        Operation op = autograd.operation("SiluBackward0", x);
        op.saves(x);
        return op.returns(
                op.allocates(x.shape(), x.dtype(), x.isContiguous()), call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code torch.sigmoid(x)}, which saves its result. */
    public Tensor sigmoid(Tensor x) {
        Operation op = autograd.operation("SigmoidBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        op.saves(out);
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /**
     * {@code x.clamp(min, max)}. Its gradient is {@code where(min <= x && x <= max, grad, 0)}.
     *
     * <p>Source: PyTorch 2.11, {@code torch/csrc/autograd/FunctionsManual.cpp}, {@code clamp_backward}.
     *
     * @param bothSides whether there is a least and a greatest value, or one of them only
     */
    public Tensor clamp(Tensor x, boolean bothSides) {
        Operation op = autograd.operation("ClampBackward1", x);
        op.saves(x);
        Tensor out = op.allocates(x.shape(), x.dtype());
        return op.returns(out, call -> {
            Tensor zero = call.allocate(Shape.SCALAR, call.gradient().dtype());
            Tensor least = bothSides ? call.allocate(call.saved(0).shape(), DType.BOOL) : null;
            Tensor inside = call.allocate(call.saved(0).shape(), DType.BOOL);
            Tensor result = call.allocateLike(call.gradient());
            call.free(inside);
            if (least != null) {
                call.free(least);
            }
            call.free(zero);
            return one(result);
        });
    }

    /** {@code torch.nn.functional.dropout(x, p)} with p &gt; 0: the mask is saved, one byte an element. */
    public Tensor dropout(Tensor x) {
        Operation op = autograd.operation("NativeDropoutBackward0", x);
        Tensor mask = op.allocates(x.shape(), DType.BOOL);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous() || x.isLoose());
        op.saves(mask);
        op.returns(out, call -> one(call.allocateLike(call.gradient())));
        autograd.useUp(mask);
        return out;
    }

    /** Dropout by a module of this name within {@code path}, or by the function. */
    public Tensor dropout(Tensor x, String path, Optional<String> module) {
        return module.map(name -> inModule(path + "." + name, x, this::dropout)).orElseGet(() -> dropout(x));
    }

    // ---- reductions

    /** {@code x.mean(-1, keepdim=True)}. */
    public Tensor mean(Tensor x) {
        Operation op = autograd.operation("MeanBackward1", x);
        Shape before = x.shape();
        Tensor out = op.allocates(x.shape().withLast(Extent.ONE), x.dtype());
        return op.returns(out, call -> one(call.allocate(before, call.gradient().dtype())));
    }

    /**
     * {@code x.sum(dim)}, which autocast has computed in float32 without a cast of x. Its gradient is a view that repeats
     * elements, or a cast of that.
     *
     * @param shape what is left of x's shape
     */
    public Tensor sum(Tensor x, Shape shape) {
        Operation op = autograd.operation("SumBackward1", x);
        Shape before = x.shape();
        DType type = x.dtype();
        boolean inFloat32 = autograd.autocast().dtype().isPresent();
        Tensor out = op.allocates(shape, inFloat32 ? DType.FLOAT32 : type);
        return op.returns(
                out,
                call -> one(
                        call.gradient().dtype() == type
                                ? repeated(call.gradient(), before)
                                : call.allocate(before, type)));
    }

    /** A gradient of one number, or of several, seen as that of all that were summed up. */
    private Tensor repeated(Tensor gradient, Shape shape) {
        return gradient.shape().rank() == 0
                ? autograd.looseAlias(gradient, shape)
                : autograd.alias(gradient, shape, false);
    }

    /** The largest elements of each row, and which those are. */
    public record TopK(Tensor values, Tensor indices) {}

    /**
     * {@code torch.topk(x, k, dim=-1)} of short rows.
     *
     * @param frame the frame whose names both results become
     */
    public TopK topK(Tensor x, long k, Frame frame) {
        Operation op = autograd.operation("TopkBackward0", x);
        Shape before = x.shape();
        Shape chosen = before.withLast(Extent.of(k));
        Tensor values = op.allocates(chosen, x.dtype());
        Tensor indices = frame.let(op.allocates(chosen, DType.INT64));
        op.saves(indices);
        return new TopK(
                frame.let(op.returns(
                        values,
                        call -> one(call.allocate(before, call.gradient().dtype())))),
                indices);
    }

    /**
     * {@code x.max(dim=-1, keepdim=True).values}, which saves where they were. Their gradients go into zeros of x's size
     * ({@code value_selecting_reduction_backward}).
     */
    public Tensor maximum(Tensor x) {
        Operation op = autograd.operation("MaxBackward0", x);
        Shape before = x.shape();
        Tensor values = op.allocates(before.withLast(Extent.ONE), x.dtype());
        Tensor indices = op.allocates(before.withLast(Extent.ONE), DType.INT64);
        op.saves(indices);
        op.returns(values, call -> one(call.allocate(before, call.gradient().dtype())));
        autograd.useUp(indices);
        return values;
    }

    /** {@code x.masked_fill(mask, 0)}. */
    public Tensor maskedFill(Tensor x, Tensor mask) {
        Operation op = autograd.operation("MaskedFillBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        op.saves(mask);
        return op.returns(out, call -> one(call.allocateLike(call.gradient())));
    }

    /** {@code x.masked_fill_(mask, 0)}. */
    public Tensor maskedFillInPlace(Tensor x, Tensor mask) {
        Operation op = autograd.operation("MaskedFillBackward0", x);
        op.saves(mask);
        return op.returns(autograd.alias(x, x.shape()), call -> one(call.allocateLike(call.gradient())));
    }

    /**
     * {@code softmax(x, -1, dtype=torch.float32)}. Float16 is read directly; bfloat16 is cast to float32 first
     * ({@code SoftMax.cpp}, {@code half_to_float}).
     */
    public Tensor softmaxInFloat32(Tensor x) {
        Tensor input = x.dtype() == DType.FLOAT16 ? x : to(x, DType.FLOAT32);
        DType gradientType = input.dtype();
        Operation op = autograd.operation("SoftmaxBackward0", input);
        Tensor out = op.allocates(input.shape(), DType.FLOAT32);
        op.saves(out);
        return op.returns(out, call -> {
            Tensor result = call.allocate(call.gradient().shape(), gradientType);
            call.free(call.allocateLike(call.gradient()));
            return one(result);
        });
    }

    /** {@code softmax(x, -1)}, which autocast has computed in float32. */
    public Tensor softmax(Tensor x) {
        return softmaxInOwnType(autograd.autocast().dtype().isPresent() ? to(x, DType.FLOAT32) : x);
    }

    /** {@code softmax(x, -1, dtype=x.dtype)}, which autocast leaves in the type that is asked for. */
    public Tensor softmaxInOwnType(Tensor x) {
        Operation op = autograd.operation("SoftmaxBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype());
        op.saves(out);
        return op.returns(out, Aten::softmaxGradient);
    }

    /** {@code _softmax_backward_data}: the result, and the product of gradient and output. */
    static @Nullable Tensor[] softmaxGradient(BackwardCall call) {
        Tensor result = call.allocateLike(call.gradient());
        call.free(call.allocateLike(call.gradient()));
        return one(result);
    }

    /** Each key or value head repeated for the query heads that share it ({@code repeat_kv}); a single head needs no copy. */
    public Tensor repeatHeads(Tensor x, long times) {
        if (times == 1) {
            return x;
        }
        Shape repeated = repeated(x.shape(), times);
        Tensor grouped = grouped(x, times);
        return x.shape().dimension(1).isOne() ? overlappingView(grouped, repeated) : copy(grouped, repeated);
    }

    /** {@code x.repeat_interleave(times, -3)}: a copy in any case. */
    Tensor repeatInterleaved(Tensor x, long times) {
        return times == 1 ? x : copy(grouped(x, times), repeated(x.shape(), times));
    }

    private Tensor grouped(Tensor x, long times) {
        Shape shape = x.shape();
        return expand(
                x,
                Shape.of(
                        shape.dimension(0),
                        shape.dimension(1),
                        Extent.of(times),
                        shape.dimension(2),
                        shape.dimension(3)));
    }

    private static Shape repeated(Shape shape, long times) {
        return shape.with(1, shape.dimension(1).times(times));
    }

    /** A reshape of an expanded tensor that needs no copy: several indices share an element. */
    private Tensor overlappingView(Tensor x, Shape shape) {
        Operation op = autograd.operation("ViewBackward0", x);
        Shape before = x.shape();
        return op.returns(autograd.looseAlias(x, shape), call -> one(call.viewOfGradient(before)));
    }

    /**
     * {@code cross_entropy(x, target)}. It asks {@code log_softmax} for the type of x, which autocast leaves at that; only
     * {@code nll_loss} has its argument cast to float32.
     *
     * <p>Source: {@code aten/src/ATen/native/LossNLL.cpp}, {@code cross_entropy_loss_symint};
     * {@code aten/src/ATen/autocast_mode.h}, {@code fp32_set_opt_dtype}, {@code fp32}.
     */
    public Tensor crossEntropy(Tensor x, Tensor target) {
        try (Frame frame = autograd.frame()) {
            Tensor scores = frame.let(logSoftmax(x));
            boolean casts = autograd.autocast().dtype().isPresent();
            return negativeLogLikelihood(casts ? to(scores, DType.FLOAT32) : scores, target);
        }
    }

    /** {@code log_softmax(x, -1)}. */
    public Tensor logSoftmax(Tensor x) {
        Operation op = autograd.operation("LogSoftmaxBackward0", x);
        Tensor out = op.allocates(x.shape(), x.dtype(), x.isContiguous());
        op.saves(out);
        return op.returns(out, call -> one(call.allocateLike(call.saved(0))));
    }

    /**
     * {@code log_softmax(x, -1)} that autocast has computed in float32: float16 is read directly, bfloat16 cast first
     * ({@code SoftMax.cpp}, {@code half_to_float}).
     */
    public Tensor logSoftmaxInFloat32(Tensor x) {
        Tensor input = x.dtype() == DType.FLOAT16 ? x : to(x, DType.FLOAT32);
        DType gradientType = input.dtype();
        Operation op = autograd.operation("LogSoftmaxBackward0", input);
        Tensor out = op.allocates(input.shape(), DType.FLOAT32);
        op.saves(out);
        return op.returns(out, call -> one(call.allocate(call.gradient().shape(), gradientType)));
    }

    /** {@code nll_loss(x, target)}: the loss and the total weight, both scalars. */
    public Tensor negativeLogLikelihood(Tensor x, Tensor target) {
        Operation op = autograd.operation("NllLossBackward0", x);
        op.saves(x).saves(target);
        Tensor out = op.allocates(Shape.SCALAR, x.dtype());
        Tensor totalWeight = op.allocates(Shape.SCALAR, x.dtype());
        op.saves(totalWeight);
        op.returns(out, call -> one(call.allocateLike(call.saved(0))));
        autograd.useUp(totalWeight);
        autograd.useUp(target);
        return out;
    }

    // ---- matrix products

    /**
     * {@code torch.nn.functional.linear(x, weight, bias)}: under autocast its operands are cast first, without bias it is
     * {@code mm}, with bias {@code addmm} through cuBLASLt. Rows that lie apart are copied for a matrix that trains
     * ({@code LinearAlgebra.cpp}, {@code should_fold}).
     */
    public Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
        // C++ evaluates the arguments of the cast function from right to left.
        Tensor offset = bias == null ? null : castForProduct(bias);
        Tensor matrix = castForProduct(weight);
        Tensor input = castForProduct(x);
        if (input.isLoose() && matrix.requiresGradient()) {
            input = copy(input, input.shape());
        }
        Shape outShape = x.shape().withLast(weight.shape().dimension(0));
        Tensor rows;
        if (offset == null) {
            Tensor transposed = transpose(matrix);
            rows = matrixProduct(asMatrix(input), transposed);
        } else {
            Tensor flat = asMatrix(input);
            rows = matrixProductPlus(offset, flat, transpose(matrix));
        }
        return outShape.rank() == 2 ? rows : view(rows, outShape);
    }

    private Tensor asMatrix(Tensor x) {
        return x.shape().rank() == 2 ? x : view(x, x.shape().flattened());
    }

    /**
     * {@code torch.addmm(bias, x, weight)} of the rows of x with a matrix stored as [inputs, outputs], as Transformers'
     * {@code Conv1D} computes it.
     */
    public Tensor conv1d(Tensor x, Tensor weight, Tensor bias) {
        Tensor flat = view(x, x.shape().flattened());
        // C++ evaluates the arguments of the cast function from right to left.
        Tensor matrix = castForProduct(weight);
        Tensor input = castForProduct(flat);
        Tensor offset = castForProduct(bias);
        Shape outShape = x.shape().withLast(weight.shape().dimension(1));
        return view(matrixProductPlus(offset, input, matrix), outShape);
    }

    /** {@code torch.mm(a, b)}. */
    Tensor matrixProduct(Tensor a, Tensor b) {
        Operation op = autograd.operation("MmBackward0", a, b);
        op.saves(op.needs(1) ? a : null).saves(op.needs(0) ? b : null);
        Tensor out = op.allocates(a.shape().withLast(b.shape().dimension(-1)), a.dtype());
        blas.product();
        return op.returns(out, this::productGradients);
    }

    /** Gradients of both factors, the second one first. */
    private @Nullable Tensor[] productGradients(BackwardCall call) {
        Tensor second = call.needs(1) ? secondFactorGradient(call, call.saved(0)) : null;
        Tensor first = call.needs(0) ? firstFactorGradient(call, call.saved(1)) : null;
        return two(first, second);
    }

    private Tensor matrixProductPlus(Tensor bias, Tensor a, Tensor b) {
        Operation op = autograd.operation("AddmmBackward0", bias, a, b);
        op.saves(op.needs(2) ? a : null).saves(op.needs(1) ? b : null);
        Tensor out = op.allocates(a.shape().withLast(b.shape().dimension(-1)), a.dtype());
        blas.productWithBias();
        return op.returns(out, call -> {
            Tensor first = call.needs(1) ? firstFactorGradient(call, call.saved(1)) : null;
            Tensor second = call.needs(2) ? secondFactorGradient(call, call.saved(0)) : null;
            Tensor offset = call.needs(0) ? call.handOn() : null;
            return new Tensor[] {offset, first, second};
        });
    }

    /** A matrix product of tensors that nobody differentiates. */
    public Tensor plainProduct(Shape shape, DType dtype) {
        Tensor out = autograd.allocate(shape, dtype, "aten::bmm");
        blas.product();
        return out;
    }

    /** {@code torch.bmm(a, b)} of two batches of matrices. */
    public Tensor batchedProduct(Tensor a, Tensor b) {
        Operation op = autograd.operation("BmmBackward0", a, b);
        op.saves(op.needs(1) ? a : null).saves(op.needs(0) ? b : null);
        Tensor out = op.allocates(a.shape().withLast(b.shape().dimension(-1)), a.dtype());
        blas.product();
        return op.returns(out, this::productGradients);
    }

    private Tensor firstFactorGradient(BackwardCall call, Tensor second) {
        Shape gradient = call.gradient().shape();
        Tensor result = call.allocate(
                gradient.withLast(second.shape().dimension(-2)), call.gradient().dtype());
        blas.product();
        return result;
    }

    private Tensor secondFactorGradient(BackwardCall call, Tensor first) {
        Shape gradient = call.gradient().shape();
        Tensor result = call.allocate(
                gradient.with(-2, first.shape().dimension(-1)), call.gradient().dtype());
        blas.product();
        return result;
    }

    /**
     * {@code torch.matmul(a, b)} of two 4-dimensional tensors: folded to three dimensions, which copies an operand whose
     * order in memory forbids a view. A batch of one can always be viewed. A single head of b goes with every head of a, for
     * which a larger batch copies it.
     */
    public Tensor matmul(Tensor a, Tensor b) {
        try (Frame frame = autograd.frame()) {
            Tensor second = frame.let(castForProduct(b));
            Tensor first = frame.let(castForProduct(a));
            Shape out = a.shape().withLast(b.shape().dimension(-1));
            Tensor left = foldBatch(first);
            return unfoldBatch(batchedProduct(left, foldBatch(second, a.shape().dimension(1))), out);
        }
    }

    private Tensor foldBatch(Tensor x, Extent heads) {
        Shape shape = x.shape();
        if (shape.dimension(1).value() == heads.value()) {
            return foldBatch(x);
        }
        Tensor expanded = expand(x, shape.with(1, heads));
        Shape folded = Shape.of(shape.dimension(0).times(heads), shape.dimension(2), shape.dimension(3));
        return autograd.exceeds(shape.dimension(0), 1) ? copy(expanded, folded) : overlappingView(expanded, folded);
    }

    /** The inverse of {@link #foldBatch}; its gradient is copied like a fold's operand. */
    private Tensor unfoldBatch(Tensor x, Shape shape) {
        Operation op = autograd.operation("UnsafeViewBackward0", x);
        Shape before = x.shape();
        return op.returns(autograd.alias(x, shape), call -> {
            boolean copies = !call.gradient().isContiguous() && autograd.exceeds(shape.dimension(0), 1);
            return one(copies ? call.reshapedGradient(before) : call.viewOfGradient(before));
        });
    }

    private Tensor foldBatch(Tensor x) {
        Shape shape = x.shape();
        Shape folded = Shape.of(shape.dimension(0).times(shape.dimension(1)), shape.dimension(2), shape.dimension(3));
        boolean copies = !x.isContiguous() && autograd.exceeds(shape.dimension(0), 1);
        return copies ? copy(x, folded) : view(x, folded);
    }

    /** Autocast's cast of an operand of a matrix product; casts of trainable float32 leaves are kept. */
    public Tensor castForProduct(Tensor x) {
        Optional<DType> type = autograd.autocast().dtype();
        if (type.isEmpty() || x.dtype() == type.get() || !x.dtype().isFloatingPoint()) {
            return x;
        }
        boolean cached = x.isTrainableLeaf() && x.dtype() == DType.FLOAT32;
        if (!cached) {
            return to(x, type.get());
        }
        Optional<Tensor> kept = autograd.autocast().cached(x);
        if (kept.isPresent()) {
            return kept.get();
        }
        Tensor cast = to(x, type.get());
        autograd.autocast().cache(x, cast);
        return cast;
    }

    // ---- embedding

    /** {@code torch.nn.functional.embedding(ids, weight)}; ids that are not in order are copied for it. */
    public Tensor embedding(Tensor ids, Tensor weight) {
        Operation op = autograd.operation("EmbeddingBackward0", weight);
        op.saves(ids);
        Extent hidden = weight.shape().dimension(1);
        Tensor ordered = ids.isContiguous() ? null : autograd.allocate(ids.shape(), ids.dtype(), "aten::contiguous");
        Tensor out = op.allocates(Shape.of(ids.shape().dimension(0), ids.shape().dimension(1), hidden), weight.dtype());
        if (ordered != null) {
            autograd.useUp(ordered);
        }
        Shape weightShape = weight.shape();
        return op.returns(out, call -> {
            Tensor again = call.saved(0).isContiguous() ? null : call.allocateLike(call.saved(0));
            Tensor gradient = embeddingGradient(call, weightShape);
            if (again != null) {
                call.free(again);
            }
            return one(gradient);
        });
    }

    /**
     * More than 3072 ids are sorted, and their gradients summed in float32 partial segments first.
     *
     * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/cuda/Embedding.cu} and {@code EmbeddingBackwardKernel.cu}
     * (10 rows a partial segment).
     */
    private Tensor embeddingGradient(BackwardCall call, Shape weight) {
        Shape ids = call.saved(0).shape();
        Extent tokens = ids.dimension(0).times(ids.dimension(1));
        DType dtype = call.gradient().dtype();
        if (!autograd.exceeds(tokens, FEW_TOKENS)) {
            return call.allocate(weight, dtype);
        }
        Tensor sorted = call.allocate(Shape.of(tokens), DType.INT64);
        Tensor original = call.allocate(Shape.of(tokens), DType.INT64);
        Tensor range = call.allocate(Shape.of(tokens), DType.INT64);
        call.free(call.allocate(Shape.of(RadixSort.scratch(tokens)), DType.UINT8));
        call.free(range);
        Tensor result = call.allocate(weight, dtype);
        Tensor segmentOffsets = call.allocate(Shape.of(tokens), DType.INT64);
        Tensor segmentCount = call.allocate(Shape.SCALAR, DType.INT64);
        Tensor unique = call.allocate(Shape.of(tokens), DType.INT64);
        call.free(call.allocate(Shape.of(SCAN_BYTES), DType.UINT8));
        call.free(unique);
        boolean moreTokens = autograd.exceeds(tokens.minus(weight.dimension(0)), 0);
        Extent segments = moreTokens ? weight.dimension(0) : tokens;
        Tensor partialsPerSegment = call.allocate(Shape.of(segments), DType.INT64);
        Tensor partialOffsets = call.allocate(Shape.of(segments), DType.INT64);
        call.free(call.allocate(Shape.of(SCAN_BYTES), DType.UINT8));
        Tensor partialCount = call.allocate(Shape.SCALAR, DType.INT64);
        Extent partial = new Extent(tokens.value() / PARTIAL_ROWS, Polynomial.TENTH_OF_TOKENS).plus(segments);
        Tensor partialSegments = call.allocate(Shape.of(partial), DType.INT64);
        Tensor partialSums = call.allocate(Shape.of(partial, weight.dimension(1)), DType.FLOAT32);
        for (Tensor temporary : new Tensor[] {
            partialSums,
            partialSegments,
            partialCount,
            partialOffsets,
            partialsPerSegment,
            segmentCount,
            segmentOffsets,
            original,
            sorted
        }) {
            call.free(temporary);
        }
        return result;
    }

    static @Nullable Tensor[] one(Tensor gradient) {
        return new Tensor[] {gradient};
    }

    static @Nullable Tensor[] two(@Nullable Tensor first, @Nullable Tensor second) {
        return new Tensor[] {first, second};
    }
}
