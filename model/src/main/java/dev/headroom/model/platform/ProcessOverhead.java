package dev.headroom.model.platform;

import dev.headroom.model.quantity.Bytes;
import java.util.Collection;
import java.util.Map;

/**
 * What a process holds on a card beside PyTorch's allocator: the CUDA context and the code of the kernels it has loaded.
 *
 * @param gpu catalog id of the card it was measured on
 * @param driver driver version
 * @param stack libraries
 * @param context bytes right after the context exists
 * @param training bytes that the kernels of every training job add
 * @param modules bytes that further kernels add once they are loaded
 * @param page what the driver hands memory out in
 * @param source where the figures come from
 * @param basis how they come to be used
 */
public record ProcessOverhead(
        String gpu,
        String driver,
        String stack,
        Bytes context,
        Bytes training,
        Map<KernelModule, Bytes> modules,
        Bytes page,
        String source,
        Basis basis) {
    /**
     * The largest pages of NVIDIA's driver, in which it maps every large allocation.
     *
     * <p>Source: measured on an H100 and an H200 (driver 580.159.04): every figure of a process is a multiple of it.
     */
    public static final Bytes LARGEST_PAGE = Bytes.ofMebibytes(2);

    /** How figures come to be used. */
    public enum Basis {
        /** Measured on this card. */
        MEASURED,
        /** Fitted to the user's own records. */
        CALIBRATED,
        /** Carried over from another card. */
        CARRIED_OVER
    }

    public ProcessOverhead {
        modules = Map.copyOf(modules);
    }

    /** All of it for a job that loads {@code loaded}. */
    public Bytes total(Collection<KernelModule> loaded) {
        Bytes total = context.plus(training);
        for (KernelModule module : loaded) {
            total = total.plus(of(module));
        }
        return total;
    }

    /** What one kernel module adds. */
    public Bytes of(KernelModule module) {
        return modules.getOrDefault(module, Bytes.ZERO);
    }

    /** Whether it is that of a process of ND4J, and not of PyTorch. */
    public boolean isOfNd4j() {
        return stack.startsWith("nd4j");
    }

    /** The same figures with a driver that hands memory out in other pages. */
    public ProcessOverhead inPages(Bytes changed) {
        return new ProcessOverhead(gpu, driver, stack, context, training, modules, changed, source, basis);
    }

    /** The same figures with another word on where they come from. */
    public ProcessOverhead from(String changed) {
        return new ProcessOverhead(gpu, driver, stack, context, training, modules, page, changed, basis);
    }

    /** The same figures where they were not measured. */
    public ProcessOverhead carriedOver() {
        return new ProcessOverhead(gpu, driver, stack, context, training, modules, page, source, Basis.CARRIED_OVER);
    }
}
