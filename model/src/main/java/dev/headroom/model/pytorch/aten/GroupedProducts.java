package dev.headroom.model.pytorch.aten;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.BackwardCall;
import dev.headroom.model.pytorch.autograd.Operation;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Products of groups of rows with a matrix each. How the rows are spread over the groups changes no size: results have all
 * rows, and gradients of matrices without rows are zeros.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/native/cuda/GroupedBlas.cpp} (bfloat16 on compute capability 9.0 goes to
 * CUTLASS, all else to a loop of products), {@code GroupMM.cu}; CUTLASS, {@code sm90_mma_array_tma_gmma_ss_warpspecialized.hpp}
 * and {@code sm90_epilogue_array_tma_warpspecialized.hpp}, {@code get_workspace_size}.
 */
public final class GroupedProducts {
    /** For each group three pointers, three strides and the three sides of the product. */
    private static final long POINTER_BYTES = 3 * 8;

    private static final long STRIDE_AND_SHAPE_BYTES = 3 * 8 + 3 * 4;
    /** Descriptors of two operands and two halves of the result for each multiprocessor. */
    private static final long DESCRIPTOR_BYTES = 4 * 128;

    private static final int HOPPER = 9;

    private final Autograd autograd;
    private final Blas blas;
    private final boolean hasKernel;
    private final int multiprocessors;

    public GroupedProducts(Aten aten, ComputeCapability capability, int multiprocessors) {
        this.autograd = aten.autograd();
        this.blas = aten.blas();
        this.hasKernel = capability.major() == HOPPER;
        this.multiprocessors = multiprocessors;
    }

    /**
     * {@code torch.nn.functional.grouped_mm(rows, bank, offs=offsets)}.
     *
     * @param rows shape [rows, inputs], in the order of the groups
     * @param bank shape [groups, inputs, outputs]
     * @param offsets where each group ends
     */
    public Tensor product(Tensor rows, Tensor bank, Tensor offsets) {
        Operation op = autograd.operation("GroupedMmBackward0", rows, bank);
        op.saves(op.needs(1) ? rows : null).saves(op.needs(0) ? bank : null).saves(offsets);
        Shape input = rows.shape();
        Shape matrices = bank.shape();
        long groups = matrices.dimension(0).value();
        Tensor out = op.allocates(input.withLast(matrices.dimension(-1)), rows.dtype());
        run(groups, rows.dtype());
        return op.returns(out, call -> {
            Tensor second = call.needs(1) ? gradient(call, matrices, groups) : null;
            Tensor first = call.needs(0) ? gradient(call, input, groups) : null;
            return Aten.two(first, second);
        });
    }

    private Tensor gradient(BackwardCall call, Shape shape, long groups) {
        Tensor result = call.allocate(shape, call.gradient().dtype());
        run(groups, call.gradient().dtype());
        return result;
    }

    private void run(long groups, DType dtype) {
        if (!hasKernel || dtype != DType.BFLOAT16) {
            blas.product();
            return;
        }
        long pairs = (groups + 1) / 2 * 2;
        Tensor arguments = scratch(pairs * POINTER_BYTES + groups * STRIDE_AND_SHAPE_BYTES);
        Tensor descriptors = scratch(DESCRIPTOR_BYTES * multiprocessors);
        autograd.useUp(descriptors);
        autograd.useUp(arguments);
    }

    private Tensor scratch(long bytes) {
        return autograd.allocate(Shape.of(bytes), DType.UINT8, "grouped_mm scratch");
    }

    /**
     * {@code torch.baddbmm(bank, left, right, alpha=…)}: the bank is frozen or trains, and gradients of the factors are
     * scaled.
     *
     * @param left shape [groups, outputs, rank], not contiguous, so that it is copied for cuBLAS
     * @param right shape [groups, rank, inputs]
     */
    public static Tensor addProduct(Aten aten, Tensor bank, Tensor left, Tensor right) {
        Autograd autograd = aten.autograd();
        Operation op = autograd.operation("BaddbmmBackward0", bank, left, right);
        op.saves(op.needs(2) ? left : null).saves(op.needs(1) ? right : null);
        Tensor out = op.allocates(bank.shape(), bank.dtype());
        product(aten, left);
        Shape leftShape = left.shape();
        Shape rightShape = right.shape();
        return op.returns(out, call -> {
            Tensor whole = call.needs(0) ? call.handOn() : null;
            Tensor first = call.needs(1) ? scaledFactor(call, aten, leftShape, null) : null;
            Tensor second = call.needs(2) ? scaledFactor(call, aten, rightShape, call.saved(0)) : null;
            return new Tensor[] {whole, first, second};
        });
    }

    /**
     * @param copied the operand that is copied for cuBLAS, if one is
     */
    private static Tensor scaledFactor(BackwardCall call, Aten aten, Shape shape, @Nullable Tensor copied) {
        Tensor product = call.allocate(shape, call.gradient().dtype());
        product(aten, copied);
        Tensor scaled = call.allocateLike(product);
        call.free(product);
        return scaled;
    }

    private static void product(Aten aten, @Nullable Tensor copied) {
        if (copied != null) {
            Autograd autograd = aten.autograd();
            autograd.useUp(autograd.allocate(copied.shape(), copied.dtype(), "aten::clone"));
        }
        aten.blas().product();
    }
}
