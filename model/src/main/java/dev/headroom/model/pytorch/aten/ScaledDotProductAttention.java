package dev.headroom.model.pytorch.aten;

import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.quantity.StepFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code torch.nn.functional.scaled_dot_product_attention}: which kernel runs, and what each keeps. All tensors have shape
 * [b, heads, s, head dimension].
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/transformers/cuda/sdp_utils.cpp} (choice) and {@code attention.cu};
 * confirmed by recorded allocations on an H200.
 */
public final class ScaledDotProductAttention {
    /** Bytes cuDNN asks for besides its accumulators. */
    private static final long CUDNN_ALIGNMENT = 256;

    private static final int BIAS_ALIGNMENT = 8;
    /** Up to here the memory-efficient kernel keeps its sums in registers. */
    private static final long LARGEST_HEAD_IN_REGISTERS = 128;

    private static final int LOCK_BYTES = 16;

    private static final double ALMOST_FULL = 0.8;
    private static final double GOOD_ENOUGH = 0.85;
    private static final long MOST_SPLITS = 128;

    private final Aten aten;
    private final Autograd autograd;
    private final ComputeCapability capability;
    private final int multiprocessors;

    /**
     * @param multiprocessors of the card
     */
    public ScaledDotProductAttention(Aten aten, ComputeCapability capability, int multiprocessors) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.capability = capability;
        this.multiprocessors = multiprocessors;
    }

    /** The kernels PyTorch chooses from. */
    public enum Kernel {
        CUDNN,
        FLASH,
        MEMORY_EFFICIENT,
        MATH
    }

    /**
     * The kernel that runs for operands of {@code dtype}.
     *
     * @param headDimension of queries and keys
     * @param valueDimension of values; FlashAttention wants the same of all three
     * @param grouped whether query heads share key heads
     * @param masked whether there is a mask besides causality
     */
    public Kernel kernel(DType dtype, long headDimension, long valueDimension, boolean grouped, boolean masked) {
        boolean inEights = headDimension % 8 == 0 && valueDimension % 8 == 0;
        if (dtype.isHalf() && capability.atLeast(ComputeCapability.HOPPER) && inEights) {
            return Kernel.CUDNN;
        }
        boolean same = headDimension == valueDimension;
        if (dtype.isHalf() && !masked && same && capability.atLeast(ComputeCapability.AMPERE)) {
            return Kernel.FLASH;
        }
        boolean aligned = dtype.isHalf() ? inEights : headDimension % 4 == 0 && valueDimension % 4 == 0;
        return grouped || !aligned ? Kernel.MATH : Kernel.MEMORY_EFFICIENT;
    }

    /**
     * Attends causally, or as a mask says: a boolean one of shape [b, 1, s, s], or one to be added, of shape [b, heads, s, s].
     *
     * @param key as many heads as {@code query}, or fewer if they are shared: without a mask by {@code enable_gqa=True}, with
     *     one by broadcasting a single head, of which only the unfused path is capable
     * @param drops whether probabilities are dropped out, which only the unfused path needs memory for
     */
    public Tensor attend(Tensor query, Tensor key, Tensor value, @Nullable Tensor givenMask, boolean drops) {
        Tensor mask = givenMask == null ? null : aten.castForProduct(givenMask);
        Tensor v = aten.castForProduct(value);
        Tensor k = aten.castForProduct(key);
        Tensor q = aten.castForProduct(query);
        boolean grouped =
                q.shape().dimension(1).value() != k.shape().dimension(1).value();
        long headDimension = q.shape().dimension(3).value();
        long valueDimension = v.shape().dimension(3).value();
        Kernel kernel = grouped && mask != null
                ? Kernel.MATH
                : kernel(q.dtype(), headDimension, valueDimension, grouped, mask != null);
        refuseUnknown(kernel, q.dtype(), Math.max(headDimension, valueDimension));
        return switch (kernel) {
            case CUDNN -> cudnn(q, k, v, mask);
            case FLASH -> flash(q, k, v, drops);
            case MEMORY_EFFICIENT -> memoryEfficient(q, k, v, mask);
            case MATH -> autograd.autocast().suspendedFor(() -> math(q, k, v, mask, drops));
        };
    }

    /**
     * {@code flash_attn_func} of the flash-attn package, whose kernels PyTorch's were taken from: the same results, partial
     * results and scratch. Source: flash-attn 2.6.3, {@code csrc/flash_attn/flash_api.cpp}, {@code mha_fwd},
     * {@code mha_bwd}.
     */
    public Tensor flashAttention2(Tensor query, Tensor key, Tensor value, boolean drops) {
        return flashKernel(query, key, value, drops);
    }

    private static void refuseUnknown(Kernel kernel, DType dtype, long headDimension) {
        if (kernel == Kernel.MEMORY_EFFICIENT && dtype.isHalf() && headDimension > LARGEST_HEAD_IN_REGISTERS) {
            throw unsupported("no rule yet for memory-efficient attention in %s with heads of %d elements"
                    .formatted(dtype, headDimension));
        }
    }

    private static RefusedJobException unsupported(String message) {
        return new RefusedJobException(List.of(Problem.unsupported("attention", message)));
    }

    private static Shape statistics(Shape query) {
        return query.withLast(Extent.ONE);
    }

    /** Heads of the output are as large as those of values. */
    private static Shape outputs(Tensor query, Tensor value) {
        return query.shape().withLast(value.shape().dimension(3));
    }

    /** A boolean mask as a bias of the operands' type; one to be added stays as it is. */
    private @Nullable Tensor bias(@Nullable Tensor mask, DType dtype) {
        if (mask == null || mask.dtype() != DType.BOOL) {
            return mask;
        }
        Tensor zero = autograd.allocate(Shape.SCALAR, dtype, "aten::scalar_tensor");
        Tensor infinity = autograd.allocate(Shape.SCALAR, dtype, "aten::scalar_tensor");
        Tensor bias = autograd.allocate(mask.shape(), dtype, "aten::where");
        autograd.useUp(infinity);
        autograd.useUp(zero);
        return bias;
    }

    private Tensor cudnn(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor bias = bias(mask, q.dtype());
        autograd.recorder().load(KernelModule.CUDNN_ATTENTION_FORWARD);
        Operation op = autograd.operation("ScaledDotProductCudnnAttentionBackward0", q, k, v);
        op.saves(q).saves(k).saves(v).saves(bias);
        Tensor seed = op.allocates(Shape.SCALAR, DType.INT64);
        Tensor offset = op.allocates(Shape.SCALAR, DType.INT64);
        Tensor out = op.allocates(outputs(q, v), q.dtype(), q.isContiguous());
        Tensor logSumExp = op.isRecorded() ? op.allocates(statistics(q.shape()), DType.FLOAT32) : null;
        op.saves(out).saves(logSumExp).saves(seed).saves(offset);
        autograd.useUp(op.allocates(Shape.of(CUDNN_ALIGNMENT), DType.UINT8));
        op.returns(out, ScaledDotProductAttention::cudnnGradients);
        useUp(seed, offset);
        if (logSumExp != null) {
            autograd.useUp(logSumExp);
        }
        if (bias != null) {
            autograd.useUp(bias);
        }
        return out;
    }

    /**
     * Beside the gradients, cuDNN accumulates dq in float32 and keeps a row sum per query; where heads share keys it also
     * holds dk and dv for every query head.
     */
    private static @Nullable Tensor[] cudnnGradients(BackwardCall call) {
        call.autograd().recorder().load(KernelModule.CUDNN_ATTENTION_BACKWARD);
        Tensor q = call.saved(0);
        Tensor k = call.saved(1);
        Tensor[] gradients = new Tensor[3];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = call.allocateLike(call.saved(i));
        }
        boolean grouped =
                q.shape().dimension(1).value() != k.shape().dimension(1).value();
        Extent rows = q.shape()
                .dimension(0)
                .times(q.shape().dimension(1))
                .times(q.shape().dimension(2));
        long headDimension = q.shape().dimension(3).value();
        Extent bytes = rows.times(headDimension * 4 + 4).plus(Extent.of(CUDNN_ALIGNMENT));
        if (grouped) {
            bytes = bytes.plus(rows.times(2 * headDimension * 2));
        }
        call.free(call.allocate(Shape.of(bytes), DType.UINT8));
        return gradients;
    }

    private static Tensor[] headGradients(BackwardCall call) {
        Tensor[] gradients = new Tensor[3];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = call.allocate(call.saved(i).shape(), call.gradient().dtype(), false);
        }
        return gradients;
    }

    /**
     * FlashAttention 2 as built into PyTorch. Heads whose size is no multiple of 8 are padded, and the output is cut.
     *
     * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/transformers/attention.cpp} ({@code pad_last_dim}),
     * {@code cuda/attention.cu}, {@code cuda/flash_attn/flash_api.cpp}; confirmed by recorded allocations on Hopper cards for
     * head sizes 64 to 256, with and without shared key heads.
     */
    private Tensor flash(Tensor q, Tensor k, Tensor v, boolean drops) {
        try (Frame frame = autograd.frame()) {
            Tensor query = frame.let(padHeads(frame.let(q)));
            Tensor key = frame.let(padHeads(frame.let(k)));
            Tensor value = frame.let(padHeads(frame.let(v)));
            Tensor out = flashKernel(query, key, value, drops);
            return query == q ? out : aten.slice(out, q.shape(), true);
        }
    }

    private Tensor padHeads(Tensor x) {
        long size = x.shape().dimension(3).value();
        return size % 8 == 0 ? x : aten.padLast(x, Extent.of(roundUp(size, 8)));
    }

    private Tensor flashKernel(Tensor q, Tensor k, Tensor v, boolean drops) {
        Operation op = autograd.operation("ScaledDotProductFlashAttentionBackward0", q, k, v);
        op.saves(q).saves(k).saves(v);
        Tensor out = op.allocates(q.shape(), q.dtype(), q.isContiguous());
        Tensor logSumExp = op.allocates(statistics(q.shape()), DType.FLOAT32);
        List<Tensor> partial = drops ? List.of() : flashPartialResults(op, q.shape());
        Tensor seed = op.allocates(Shape.of(2), DType.INT64);
        Tensor offset = op.allocates(Shape.SCALAR, DType.INT64);
        op.saves(out).saves(logSumExp).saves(seed).saves(offset);
        op.returns(out, ScaledDotProductAttention::flashGradients);
        partial.forEach(autograd::useUp);
        useUp(seed, offset, logSumExp);
        return out;
    }

    /**
     * With too few blocks to fill the card, keys are split, and each split keeps its sums ({@code set_params_splitkv}); not
     * with dropout.
     */
    private List<Tensor> flashPartialResults(Operation op, Shape q) {
        long headDimension = q.dimension(3).value();
        Extent rows = q.dimension(0).times(q.dimension(1)).times(q.dimension(2));
        FlashPartials sums = new FlashPartials(
                q.dimension(0).times(q.dimension(1)).polynomial(),
                q.dimension(2).polynomial(),
                headDimension,
                2L * multiprocessors);
        long heads = Math.multiplyExact(q.dimension(0).value(), q.dimension(1).value());
        Extent partial = Extent.stepwise(sums.rowsOf(heads, q.dimension(2).value()), sums);
        if (!autograd.exceeds(partial.minus(rows), 0)) {
            return List.of();
        }
        return List.of(
                op.allocates(Shape.of(partial), DType.FLOAT32),
                op.allocates(Shape.of(partial.times(flashHead(headDimension))), DType.FLOAT32));
    }

    /**
     * Rows of queries times the splits of their keys.
     *
     * @param heads query heads of the whole batch
     * @param tokens queries of a head, and keys
     * @param slots blocks that the card runs at once
     */
    private record FlashPartials(Polynomial heads, Polynomial tokens, long headDimension, long slots)
            implements StepFunction {
        @Override
        public long at(long b, long s) {
            return rowsOf(heads.at(b, s), tokens.at(b, s));
        }

        long rowsOf(long heads, long tokens) {
            long keysPerBlock = headDimension <= 64 ? 256 : headDimension <= 128 ? 128 : 64;
            long splits =
                    flashSplits(Math.multiplyExact(heads, ceilDiv(tokens, 64)), slots, ceilDiv(tokens, keysPerBlock));
            return Math.multiplyExact(Math.multiplyExact(heads, tokens), splits);
        }

        @Override
        public String toString() {
            return "key-splits(%s × %s)".formatted(heads, tokens);
        }
    }

    /** The fewest splits that keep the card nearly as busy as the best number would ({@code num_splits_heuristic}). */
    static long flashSplits(long blocks, long slots, long keyBlocks) {
        if (blocks >= ALMOST_FULL * slots) {
            return 1;
        }
        long most = Math.min(MOST_SPLITS, Math.min(slots, keyBlocks));
        double best = 0;
        for (long splits = 1; splits <= most; splits++) {
            best = Math.max(best, flashEfficiency(splits, blocks, slots, keyBlocks));
        }
        for (long splits = 1; splits <= most; splits++) {
            double efficiency = flashEfficiency(splits, blocks, slots, keyBlocks);
            if (efficiency > 0 && efficiency >= GOOD_ENOUGH * best) {
                return splits;
            }
        }
        return 1;
    }

    /** How full the card is in its waves of blocks; 0 for a number of splits that gives the same as one split less. */
    private static double flashEfficiency(long splits, long blocks, long slots, long keyBlocks) {
        if (splits > 1 && ceilDiv(keyBlocks, splits) == ceilDiv(keyBlocks, splits - 1)) {
            return 0;
        }
        double waves = (double) (blocks * splits) / slots;
        return waves / Math.ceil(waves);
    }

    /** The head size the kernel works with. */
    private static long flashHead(long headDimension) {
        return roundUp(headDimension, headDimension <= 128 ? 32 : 64);
    }

    /**
     * The kernel wants the tokens of a head apart, so operands in the order [b, heads, s, d] are copied first. dq is
     * accumulated in float32 over queries padded to 128; where heads share keys, dk and dv are held for every query head.
     */
    private static @Nullable Tensor[] flashGradients(BackwardCall call) {
        Tensor q = call.saved(0);
        Tensor k = call.saved(1);
        Shape shape = q.shape();
        Tensor gradientCopy = call.gradient().isContiguous() ? call.allocateLike(call.gradient()) : null;
        Tensor outputCopy = call.saved(3).isContiguous() ? call.allocateLike(call.saved(3)) : null;
        Tensor[] gradients = new Tensor[3];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = call.allocateLike(call.saved(i));
        }
        Extent rounded = shape.dimension(2).sequenceTiles(128).times(128);
        Tensor rowSums = call.allocate(statistics(shape).with(2, rounded), DType.FLOAT32);
        long headDimension = shape.dimension(3).value();
        long headRounded = roundUp(headDimension, headDimension <= 128 ? 32 : 64);
        Tensor accumulator = call.allocate(shape.with(2, rounded).withLast(Extent.of(headRounded)), DType.FLOAT32);
        if (shape.dimension(1).value() != k.shape().dimension(1).value()) {
            Tensor keys = call.allocateLike(q);
            Tensor values = call.allocateLike(q);
            call.free(values);
            call.free(keys);
        }
        call.free(accumulator);
        call.free(rowSums);
        if (outputCopy != null) {
            call.free(outputCopy);
        }
        if (gradientCopy != null) {
            call.free(gradientCopy);
        }
        return gradients;
    }

    /** The bias is copied into rows of a multiple of 8, unless they are that already ({@code attention.cpp}, {@code pad_bias<8>}). */
    private @Nullable Tensor alignedBias(@Nullable Tensor mask, DType dtype) {
        Tensor bias = bias(mask, dtype);
        if (bias == null) {
            return null;
        }
        Extent keys = bias.shape().dimension(-1);
        Extent row = aligned(keys);
        if (!autograd.exceeds(row.minus(keys), 0)) {
            return bias;
        }
        Tensor padded = autograd.allocate(bias.shape().withLast(row), dtype, "aten::constant_pad_nd");
        autograd.useUp(bias);
        return padded;
    }

    /**
     * A length rounded up to the alignment. Where virtual tokens are part of it, it stays a polynomial within a regime of lengths
     * that take as many elements of padding.
     */
    private Extent aligned(Extent length) {
        if (length.isConstant() || length.polynomial().equals(Polynomial.SEQUENCE)) {
            return length.sequenceTiles(BIAS_ALIGNMENT).times(BIAS_ALIGNMENT);
        }
        Padding padding = new Padding(length.polynomial(), BIAS_ALIGNMENT);
        long elements = Math.floorMod(-length.value(), (long) BIAS_ALIGNMENT);
        Extent padded = new Extent(elements, Polynomial.of(padding));
        for (long fewer = 0; fewer < BIAS_ALIGNMENT; fewer++) {
            if (!autograd.exceeds(padded, fewer)) {
                return length.plus(Extent.of(fewer));
            }
        }
        throw new IllegalStateException("padding of %s is %d".formatted(length, elements));
    }

    /** Elements that a length lacks to a multiple. */
    private record Padding(Polynomial length, int multiple) implements StepFunction {
        @Override
        public long at(long b, long s) {
            return Math.floorMod(-length.at(b, s), (long) multiple);
        }

        @Override
        public String toString() {
            return "(-(%s) mod %d)".formatted(length, multiple);
        }
    }

    /** Rows of the log-sum-exp are padded to a multiple of 32. */
    private Tensor memoryEfficient(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor bias = alignedBias(mask, q.dtype());
        Operation op = autograd.operation("ScaledDotProductEfficientAttentionBackward0", q, k, v);
        op.saves(q).saves(k).saves(v).saves(bias);
        Tensor out = op.allocates(outputs(q, v), q.dtype(), false);
        Tensor logSumExp = null;
        if (op.isRecorded()) {
            Extent padded = q.shape().dimension(2).sequenceTiles(32).times(32);
            logSumExp = op.allocates(statistics(q.shape()).with(2, padded), DType.FLOAT32);
        }
        op.saves(out).saves(logSumExp);
        op.returns(out, ScaledDotProductAttention::memoryEfficientGradients);
        if (logSumExp != null) {
            autograd.useUp(logSumExp);
        }
        if (bias != null) {
            autograd.useUp(bias);
        }
        return out;
    }

    /** Float32 kernels get the row sums of gradient times output handed in, 16-bit ones compute them. */
    private static @Nullable Tensor[] memoryEfficientGradients(BackwardCall call) {
        Tensor q = call.saved(0);
        boolean half = q.dtype().isHalf();
        long headDimension = q.shape().dimension(3).value();
        Tensor[] gradients = headGradients(call);
        Tensor product = half ? null : call.allocate(outputs(q, call.saved(2)), q.dtype(), q.isContiguous());
        Tensor sums = half ? null : call.allocate(statistics(q.shape()), DType.FLOAT32);
        Tensor delta = call.allocate(statistics(q.shape()), DType.FLOAT32);
        if (sums != null && product != null) {
            call.free(sums);
            call.free(product);
        }
        long largest =
                Math.max(headDimension, call.saved(2).shape().dimension(3).value());
        int rows = largest > (half ? 64 : LARGEST_HEAD_IN_REGISTERS) ? 128 : 64;
        Extent heads = q.shape().dimension(0).times(q.shape().dimension(1));
        Extent tiles = q.shape().dimension(2).sequenceTiles(rows);
        Extent bytes = heads.times(tiles).times(tileBytes(rows, headDimension, largest));
        Tensor workspace = call.allocate(Shape.of(bytes), DType.UINT8);
        call.free(delta);
        call.free(workspace);
        return gradients;
    }

    /**
     * dq is accumulated in tiles of queries, which locks follow; of heads that do not fit into registers, 64 elements at a
     * time. Source: PyTorch 2.11, {@code cuda/mem_eff_attention/kernel_backward.h}, {@code workspace_elements_gq}.
     *
     * @param rows queries of a tile
     * @param largest the larger head of keys and values, by which the kernel is chosen
     */
    private static long tileBytes(int rows, long headDimension, long largest) {
        if (largest <= LARGEST_HEAD_IN_REGISTERS) {
            return rows * roundUp(headDimension, rows) * 4 + LOCK_BYTES;
        }
        return ceilDiv(headDimension, 64) * (rows * 64L * 4 + LOCK_BYTES);
    }

    private static long ceilDiv(long a, long b) {
        return (a + b - 1) / b;
    }

    private static long roundUp(long value, long multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    /**
     * The unfused fallback, quadratic in s: causal bias or the mask's, repeated keys and values, scores, softmax; 16-bit operands are
     * computed in float32 ({@code _scaled_dot_product_attention_math}).
     */
    private Tensor math(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean drops) {
        Extent tokens = q.shape().dimension(2);
        long shared = q.shape().dimension(1).value() / k.shape().dimension(1).value();
        long group = mask == null ? shared : 1;
        try (Frame frame = autograd.frame()) {
            frame.let(q);
            frame.let(k);
            frame.let(v);
            Tensor bias = bias(mask, q.dtype());
            if (bias != null) {
                frame.let(bias);
            }
            Tensor query = frame.let(aten.to(q, DType.FLOAT32));
            Tensor key = frame.let(aten.to(k, DType.FLOAT32));
            Tensor value = frame.let(aten.to(v, DType.FLOAT32));
            Tensor scaledQuery = frame.let(aten.scale(query));
            if (bias == null) {
                frame.let(causalBias(tokens, scaledQuery.dtype()));
            }
            Tensor keys = frame.let(aten.repeatInterleaved(key, group));
            Tensor values = frame.let(aten.repeatInterleaved(value, group));
            Shape scores = q.shape().withLast(tokens);
            Tensor weights = frame.let(safeSoftmax(aten.matmul(scaledQuery, aten.scale(aten.transpose(keys))), scores));
            if (drops) {
                weights = frame.replace(weights, aten.dropout(weights));
            }
            Tensor weightsToo = frame.let(aten.to(weights, q.dtype()));
            Tensor out = aten.to(aten.matmul(weights, values), q.dtype());
            frame.drop(weightsToo);
            return out;
        }
    }

    private Tensor causalBias(Extent tokens, DType dtype) {
        Shape square = Shape.of(tokens, tokens);
        Tensor ones = autograd.allocate(square, DType.BOOL, "aten::ones");
        Tensor triangle = autograd.allocate(square, DType.BOOL, "aten::tril");
        autograd.useUp(ones);
        Tensor zero = autograd.allocate(Shape.SCALAR, dtype, "aten::scalar_tensor");
        Tensor infinity = autograd.allocate(Shape.SCALAR, dtype, "aten::scalar_tensor");
        Tensor bias = autograd.allocate(square, dtype, "aten::where");
        useUp(infinity, zero, triangle);
        return bias;
    }

    private Tensor safeSoftmax(Tensor scores, Shape shape) {
        Operation op = autograd.operation("SafeSoftmaxBackward0", scores);
        Tensor out = op.allocates(shape, scores.dtype());
        op.saves(out);
        Tensor infinite = op.allocates(shape, DType.BOOL);
        Tensor wholeRows = op.allocates(statistics(shape), DType.BOOL);
        Tensor zero = op.allocates(Shape.SCALAR, scores.dtype());
        useUp(zero, wholeRows, infinite);
        return op.returns(out, Aten::softmaxGradient);
    }

    private void useUp(Tensor... temporaries) {
        for (Tensor temporary : temporaries) {
            autograd.useUp(temporary);
        }
    }
}
