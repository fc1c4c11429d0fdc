package dev.headroom.model.pytorch.aten;

import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The workspaces cuBLAS gets from PyTorch's allocator: one for each handle and stream, which live as long as the process.
 * The forward pass and autograd's thread each have a handle.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/cuda/CublasHandlePool.cpp}, {@code parseChosenWorkspaceSize} (4096 KiB · 8
 * + … on compute capability 9.x) and {@code getCUDABlasLtWorkspaceSize}; confirmed by
 * {@code data/measured/pytorch-h200.jsonl}: 2 · 33,554,432 B appear in step 1 of every row.
 */
public final class Blas {
    private static final long KIB = 1024;
    /** {@code :4096:8} KiB on compute capability 9.x. */
    private static final long HOPPER_WORKSPACE = 4096 * 8 * KIB;
    /** {@code :4096:2:16:8} KiB on every other. */
    private static final long OTHER_WORKSPACE = (4096 * 2 + 16 * 8) * KIB;

    private static final long LT_WORKSPACE = 1024 * KIB;

    private final Autograd autograd;
    private final long workspaceBytes;
    private final @Nullable Tensor[] workspaces = new Tensor[2];
    private final @Nullable Tensor[] ltWorkspaces = new Tensor[2];

    Blas(Autograd autograd, ComputeCapability capability) {
        this.autograd = autograd;
        this.workspaceBytes = capability.major() == 9 ? HOPPER_WORKSPACE : OTHER_WORKSPACE;
    }

    /** A product through cuBLAS runs. */
    void product() {
        ensure(workspaces, workspaceBytes, "cublas workspace");
    }

    /** A product with bias runs, through cuBLASLt. */
    void productWithBias() {
        product();
        ensure(ltWorkspaces, LT_WORKSPACE, "cublasLt workspace");
    }

    private void ensure(@Nullable Tensor[] held, long bytes, String name) {
        int thread = autograd.isBackwardThread() ? 1 : 0;
        if (held[thread] == null) {
            held[thread] = autograd.own(autograd.allocate(Shape.of(bytes), DType.UINT8, name, Category.TRANSIENT));
        }
    }
}
