package dev.headroom.model.pytorch.aten;

import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.StepFunction;

/**
 * Scratch of a radix sort of keys with 64-bit values: if it takes more than one pass, both again; a histogram for each pass over
 * eight bits, and a tile's look-back. Few keys are sorted by one thread block, without scratch.
 *
 * <p>Source: CUB of CUDA 13.0, {@code dispatch_radix_sort.cuh}; recorded on Hopper cards for 50 numbers of 64-bit keys up to
 * a million, and for 92 numbers of keys of one byte up to ten million.
 *
 * @param keys how many keys are sorted
 * @param bound what every key is smaller than, so that its higher bits need no pass
 * @param tile keys that one thread block takes at a time
 */
record RadixSort(Polynomial keys, Polynomial bound, long tile) implements StepFunction {
    private static final Polynomial ANY_NUMBER = Polynomial.constant(Long.MAX_VALUE);
    private static final long MOST_KEYS_OF_ONE_BLOCK = 2304;
    private static final long TILE = 4608;
    private static final long TILE_OF_BYTES = 3456;
    private static final long VALUES_OF_A_BYTE = 256;
    private static final long TILE_BYTES = 1024;
    private static final long PASS_BYTES = 2048;
    private static final long BITS_PER_PASS = 8;
    private static final long BASE_BYTES = 511;
    private static final long ALIGNMENT = 256;

    /** Scratch for keys that may be any number. */
    static Extent scratch(Extent keys) {
        return Extent.stepwise(
                bytes(keys.value(), Long.MAX_VALUE, TILE), new RadixSort(keys.polynomial(), ANY_NUMBER, TILE));
    }

    /** Scratch for keys below a bound. */
    static Extent scratch(Extent keys, Extent bound) {
        return Extent.stepwise(
                bytes(keys.value(), bound.value(), TILE), new RadixSort(keys.polynomial(), bound.polynomial(), TILE));
    }

    /** Scratch for keys of one byte. */
    static Extent scratchOfBytes(Extent keys) {
        return Extent.stepwise(
                bytes(keys.value(), VALUES_OF_A_BYTE, TILE_OF_BYTES),
                new RadixSort(keys.polynomial(), Polynomial.constant(VALUES_OF_A_BYTE), TILE_OF_BYTES));
    }

    @Override
    public long at(long b, long s) {
        return bytes(keys.at(b, s), bound.at(b, s), tile);
    }

    private static long bytes(long keys, long bound, long tile) {
        if (keys <= MOST_KEYS_OF_ONE_BLOCK) {
            return 1;
        }
        long tiles = (keys + tile - 1) / tile;
        long array = (Long.BYTES * keys + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        long bits = (long) Long.SIZE - Long.numberOfLeadingZeros(bound - 1);
        long passes = (bits + BITS_PER_PASS - 1) / BITS_PER_PASS;
        return (passes > 1 ? 2 * array : 0) + BASE_BYTES + PASS_BYTES * passes + TILE_BYTES * tiles;
    }

    @Override
    public String toString() {
        return bound.equals(ANY_NUMBER)
                ? "radix-sort(%s)".formatted(keys)
                : "radix-sort(%s below %s)".formatted(keys, bound);
    }
}
