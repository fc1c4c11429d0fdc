package dev.headroom.model.platform;

import dev.headroom.model.quantity.Bytes;

/**
 * What a process holds on a card beside PyTorch's allocator: the CUDA context and the modules of kernels it has loaded.
 *
 * @param gpu catalog id of the card it was measured on
 * @param driver driver version
 * @param stack libraries
 * @param context bytes right after the context exists
 * @param modules bytes that loaded kernel modules add during training
 * @param source where the figures come from
 * @param measured whether they were measured on this card, or carried over from another
 */
public record ProcessOverhead(
        String gpu, String driver, String stack, Bytes context, Bytes modules, String source, boolean measured) {
    public Bytes total() {
        return context.plus(modules);
    }
}
