package dev.headroom.model.program;

import dev.headroom.model.quantity.Polynomial;
import java.util.ArrayList;
import java.util.List;

/**
 * Page-locked memory of the host that PyTorch's caching allocator holds: blocks of powers of two, which are never split and
 * never given back, but used again. What was taken and freed is written down in b and s, as it is for the card.
 *
 * <p>Source: PyTorch 2.11, {@code aten/src/ATen/core/CachingHostAllocator.h}, {@code CachingHostAllocatorImpl::allocate}.
 */
final class PinnedMemory {
    private static final int SIZES = 63;

    private final List<Polynomial> requests = new ArrayList<>();

    /** {@code 2·block} takes, {@code 2·block + 1} frees. */
    private final List<Integer> events = new ArrayList<>();

    /** Takes a block for so many bytes and returns its number. */
    int allocate(Polynomial bytes) {
        int block = requests.size();
        requests.add(bytes);
        events.add(2 * block);
        return block;
    }

    void free(int block) {
        events.add(2 * block + 1);
    }

    /**
     * Bytes of all blocks in the end, in use or not.
     *
     * @param b micro-batch [sequences]
     * @param s sequence length [tokens]
     * @throws ArithmeticException if they exceed 2^63
     */
    long heldAt(long b, long s) {
        int[] free = new int[SIZES];
        long held = 0;
        for (int event : events) {
            int exponent = exponent(requests.get(event >> 1).at(b, s));
            if ((event & 1) == 1) {
                free[exponent]++;
            } else if (free[exponent] > 0) {
                free[exponent]--;
            } else {
                held = Math.addExact(held, 1L << exponent);
            }
        }
        return held;
    }

    private static int exponent(long bytes) {
        return bytes <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(bytes - 1);
    }
}
