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
 * @param source where the figures come from
 * @param measured whether they were measured on this card, or carried over from another
 */
public record ProcessOverhead(
        String gpu,
        String driver,
        String stack,
        Bytes context,
        Bytes training,
        Map<KernelModule, Bytes> modules,
        String source,
        boolean measured) {
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

    /** The same figures where they were not measured. */
    public ProcessOverhead carriedOver() {
        return new ProcessOverhead(gpu, driver, stack, context, training, modules, source, false);
    }
}
