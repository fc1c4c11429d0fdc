package dev.headroom.model.replay;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's caching allocator.
 *
 * <p>Requests are rounded up to 512 B. Those of at most 1 MiB are served from segments of 2 MiB, those below 10 MiB from
 * segments of 20 MiB, larger ones from segments of their own, rounded up to 2 MiB. The smallest free block that is large
 * enough is taken; what it has too much is split off if that is at least 512 B (small) or more than 1 MiB (large). A
 * freed block merges with free neighbours of its segment. A segment goes back to the driver only when the device is full
 * or the cache is emptied.
 *
 * <p>Source: PyTorch 2.11, {@code c10/cuda/CUDACachingAllocator.cpp}: {@code round_size}, {@code get_allocation_size},
 * {@code get_free_block}, {@code should_split}, {@code free_block}, {@code alloc_block}, {@code release_cached_blocks}.
 */
final class CachingAllocator implements Allocator {
    static final long MINIMUM_BLOCK = 512;
    static final long MIB = 1 << 20;
    static final long SMALL_REQUEST = MIB;
    static final long SMALL_SEGMENT = 2 * MIB;
    static final long MEDIUM_REQUEST = 10 * MIB;
    static final long MEDIUM_SEGMENT = 20 * MIB;
    static final long LARGE_GRANULE = 2 * MIB;

    private final DeviceMemory device;
    private final BlockPool smallPool = new BlockPool();
    private final BlockPool largePool = new BlockPool();
    private @Nullable Block[] live = new Block[1 << 13];
    private final DeviceAddresses addresses = new DeviceAddresses();
    private long allocated;
    private long reserved;
    private int segments;
    private boolean gaveBack;

    CachingAllocator(DeviceMemory device) {
        this.device = device;
    }

    static long roundSize(long requested) {
        return Math.max(MINIMUM_BLOCK, (requested + MINIMUM_BLOCK - 1) / MINIMUM_BLOCK * MINIMUM_BLOCK);
    }

    static long segmentSize(long rounded) {
        if (rounded <= SMALL_REQUEST) {
            return SMALL_SEGMENT;
        }
        if (rounded < MEDIUM_REQUEST) {
            return MEDIUM_SEGMENT;
        }
        return (rounded + LARGE_GRANULE - 1) / LARGE_GRANULE * LARGE_GRANULE;
    }

    @Override
    public void allocate(int tensor, long requested) {
        long size = roundSize(requested);
        boolean small = size <= SMALL_REQUEST;
        BlockPool pool = small ? smallPool : largePool;
        Block block = pool.takeBestFit(size);
        if (block == null) {
            block = newSegment(segmentSize(size), small);
        }
        long rest = block.size - size;
        if (small ? rest >= MINIMUM_BLOCK : rest > SMALL_REQUEST) {
            Block tail = block.split(size);
            tail.free = true;
            pool.add(tail);
        }
        block.free = false;
        allocated += block.size;
        if (tensor >= live.length) {
            live = Arrays.copyOf(live, Math.max(2 * live.length, tensor + 1));
        }
        live[tensor] = block;
    }

    private Block newSegment(long bytes, boolean small) {
        if (!device.take(bytes)) {
            gaveBack = true;
            emptyCache();
            if (!device.take(bytes)) {
                throw new OutOfDeviceMemory(bytes, reserved);
            }
        }
        reserved += bytes;
        segments++;
        return new Block(addresses.take(bytes), bytes, small);
    }

    @Override
    public void free(int tensor) {
        Block block = block(tensor);
        live[tensor] = null;
        allocated -= block.size;
        block.free = true;
        BlockPool pool = block.small ? smallPool : largePool;
        Block previous = block.previous;
        if (previous != null && previous.free) {
            pool.remove(previous);
            previous.absorbNext();
            block = previous;
        }
        Block next = block.next;
        if (next != null && next.free) {
            pool.remove(next);
            block.absorbNext();
        }
        pool.add(block);
    }

    private Block block(int tensor) {
        Block block = live[tensor];
        if (block == null) {
            throw new IllegalStateException("tensor %d is not live".formatted(tensor));
        }
        return block;
    }

    @Override
    public void emptyCache() {
        releaseWhollyFree(smallPool);
        releaseWhollyFree(largePool);
    }

    private void releaseWhollyFree(BlockPool pool) {
        for (int i = pool.count() - 1; i >= 0; i--) {
            Block block = pool.get(i);
            if (block.previous == null && block.next == null) {
                pool.takeAt(i);
                addresses.giveBack(block.address, block.size);
                device.giveBack(block.size);
                reserved -= block.size;
                segments--;
            }
        }
    }

    @Override
    public long allocated() {
        return allocated;
    }

    @Override
    public long reserved() {
        return reserved;
    }

    @Override
    public long blockBytes(int tensor) {
        return block(tensor).size;
    }

    @Override
    public int segments() {
        return segments;
    }

    @Override
    public boolean gaveBackCache() {
        return gaveBack;
    }
}
