package dev.headroom.model.pytorch.aten;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
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

    private static final int BIAS_ALIGNMENT = 16;

    private final Aten aten;
    private final Autograd autograd;
    private final ComputeCapability capability;

    public ScaledDotProductAttention(Aten aten, ComputeCapability capability) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.capability = capability;
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
     * @param grouped whether query heads share key heads
     * @param masked whether there is a mask besides causality
     */
    public Kernel kernel(DType dtype, long headDimension, boolean grouped, boolean masked) {
        if (dtype.isHalf() && capability.atLeast(ComputeCapability.HOPPER) && headDimension % 8 == 0) {
            return Kernel.CUDNN;
        }
        if (dtype.isHalf() && !masked && capability.atLeast(ComputeCapability.AMPERE)) {
            return Kernel.FLASH;
        }
        boolean aligned = headDimension % (dtype.isHalf() ? 8 : 4) == 0;
        return grouped || !aligned ? Kernel.MATH : Kernel.MEMORY_EFFICIENT;
    }

    /**
     * Attends causally, or as a boolean mask of shape [b, 1, s, s] says.
     *
     * @param key as many heads as {@code query}, or fewer if they are shared ({@code enable_gqa=True})
     */
    public Tensor attend(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
        Tensor v = aten.castForProduct(value);
        Tensor k = aten.castForProduct(key);
        Tensor q = aten.castForProduct(query);
        boolean grouped =
                q.shape().dimension(1).value() != k.shape().dimension(1).value();
        return switch (kernel(q.dtype(), q.shape().dimension(3).value(), grouped, mask != null)) {
            case CUDNN -> cudnn(q, k, v, mask);
            case FLASH -> flash(q, k, v);
            case MEMORY_EFFICIENT -> memoryEfficient(q, k, v, mask);
            case MATH -> math(q, k, v);
        };
    }

    private static Shape statistics(Shape query) {
        return query.withLast(Extent.ONE);
    }

    /** A boolean mask as a bias of the operands' type. */
    private @Nullable Tensor bias(@Nullable Tensor mask, DType dtype) {
        if (mask == null) {
            return null;
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
        Tensor out = op.allocates(q.shape(), q.dtype(), false);
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
     * {@code cuda/attention.cu}, {@code cuda/flash_attn/flash_api.cpp}; confirmed by recorded allocations for head size 100
     * on an H200, not where heads share keys.
     */
    private Tensor flash(Tensor q, Tensor k, Tensor v) {
        try (Frame frame = autograd.frame()) {
            Tensor query = frame.let(padHeads(frame.let(q)));
            Tensor key = frame.let(padHeads(frame.let(k)));
            Tensor value = frame.let(padHeads(frame.let(v)));
            Tensor out = flashKernel(query, key, value);
            return query == q ? out : aten.slice(out, q.shape(), true);
        }
    }

    private Tensor padHeads(Tensor x) {
        long size = x.shape().dimension(3).value();
        return size % 8 == 0 ? x : aten.padLast(x, Extent.of(roundUp(size, 8)));
    }

    private Tensor flashKernel(Tensor q, Tensor k, Tensor v) {
        Operation op = autograd.operation("ScaledDotProductFlashAttentionBackward0", q, k, v);
        op.saves(q).saves(k).saves(v);
        Tensor out = op.allocates(q.shape(), q.dtype(), q.isContiguous());
        Tensor logSumExp = op.allocates(statistics(q.shape()), DType.FLOAT32);
        Tensor seed = op.allocates(Shape.of(2), DType.INT64);
        Tensor offset = op.allocates(Shape.SCALAR, DType.INT64);
        op.saves(out).saves(logSumExp).saves(seed).saves(offset);
        op.returns(out, ScaledDotProductAttention::flashGradients);
        useUp(seed, offset, logSumExp);
        return out;
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

    /** The bias is copied into rows of a multiple of 16, unless they are that already ({@code pad_bias<16>}). */
    private @Nullable Tensor alignedBias(@Nullable Tensor mask, DType dtype) {
        Tensor bias = bias(mask, dtype);
        if (bias == null || bias.shape().dimension(-1).value() % BIAS_ALIGNMENT == 0) {
            return bias;
        }
        Extent row = bias.shape().dimension(-1).sequenceTiles(BIAS_ALIGNMENT).times(BIAS_ALIGNMENT);
        Tensor padded = autograd.allocate(bias.shape().withLast(row), dtype, "aten::constant_pad_nd");
        autograd.useUp(bias);
        return padded;
    }

    /** Rows of the log-sum-exp are padded to a multiple of 32. */
    private Tensor memoryEfficient(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        Tensor bias = alignedBias(mask, q.dtype());
        Operation op = autograd.operation("ScaledDotProductEfficientAttentionBackward0", q, k, v);
        op.saves(q).saves(k).saves(v).saves(bias);
        Tensor out = op.allocates(q.shape(), q.dtype(), false);
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

    /** dq is accumulated in tiles of 64 queries, each with 16 bytes of locks. */
    private static @Nullable Tensor[] memoryEfficientGradients(BackwardCall call) {
        Tensor q = call.saved(0);
        Tensor[] gradients = headGradients(call);
        Tensor product = call.allocateLike(q);
        Tensor sums = call.allocate(statistics(q.shape()), DType.FLOAT32);
        Tensor delta = call.allocate(statistics(q.shape()), DType.FLOAT32);
        call.free(sums);
        call.free(product);
        Extent tiles = q.shape().dimension(2).sequenceTiles(64);
        long tileBytes = 64 * roundUp(q.shape().dimension(3).value(), 64) * 4 + 16;
        Extent heads = q.shape().dimension(0).times(q.shape().dimension(1));
        Tensor workspace = call.allocate(Shape.of(heads.times(tiles).times(tileBytes)), DType.UINT8);
        call.free(delta);
        call.free(workspace);
        return gradients;
    }

    private static long roundUp(long value, long multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    /** The unfused fallback, quadratic in s: causal bias, repeated keys and values, scores, softmax. */
    private Tensor math(Tensor q, Tensor k, Tensor v) {
        Extent tokens = q.shape().dimension(2);
        long group = q.shape().dimension(1).value() / k.shape().dimension(1).value();
        try (Frame frame = autograd.frame()) {
            Tensor scaledQuery = frame.let(aten.scale(q));
            frame.let(causalBias(tokens, scaledQuery.dtype()));
            Tensor keys = frame.let(aten.repeatHeads(k, group));
            Tensor values = frame.let(aten.repeatHeads(v, group));
            Shape scores = q.shape().withLast(tokens);
            Tensor weights = safeSoftmax(aten.matmul(scaledQuery, aten.scale(aten.transpose(keys))), scores);
            return aten.matmul(weights, values);
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
