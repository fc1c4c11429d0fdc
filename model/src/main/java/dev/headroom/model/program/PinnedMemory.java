package dev.headroom.model.program;

import java.util.ArrayList;
import java.util.List;

/**
 * Page-locked memory of the host that PyTorch's caching allocator holds: blocks of powers of two, which are never split and
 * never given back, but used again.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/core/CachingHostAllocator.h}, {@code CachingHostAllocatorImpl::allocate}.
 */
final class PinnedMemory {
    private static final int SIZES = 63;

    private final int[] free = new int[SIZES];
    private final List<Integer> exponents = new ArrayList<>();
    private long held;

    /** Takes a block for {@code bytes} bytes and returns its number. */
    int allocate(long bytes) {
        int exponent = bytes <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(bytes - 1);
        if (free[exponent] > 0) {
            free[exponent]--;
        } else {
            held = Math.addExact(held, 1L << exponent);
        }
        exponents.add(exponent);
        return exponents.size() - 1;
    }

    void free(int block) {
        free[exponents.get(block)]++;
    }

    /** Bytes of all blocks, in use or not. */
    long held() {
        return held;
    }
}
