package dev.headroom.model.replay;

import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's caching allocator.
 *
 * <p>Requests are rounded up to 512 B. Those of at most 1 MiB are served from segments of 2 MiB, those below 10 MiB from
 * segments of 20 MiB, larger ones from segments of their own, rounded up to 2 MiB. The smallest free block that is large
 * enough is taken; what it has too much is split off if that is at least 512 B (small) or more than 1 MiB (large). A
 * freed block merges with free neighbours of its segment. A segment goes back to the driver only when the device is full,
 * when the cache is emptied, or when garbage is collected.
 *
 * <p>Source: PyTorch 2.11, {@code c10/cuda/CUDACachingAllocator.cpp}: {@code round_size}, {@code get_allocation_size},
 * {@code get_free_block}, {@code should_split}, {@code free_block}, {@code alloc_block}, {@code release_cached_blocks},
 * {@code release_available_cached_blocks}, {@code garbage_collect_cached_blocks}.
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
    private final AllocatorLimits limits;
    private final BlockPool smallPool = new BlockPool();
    private final BlockPool largePool = new BlockPool();
    private @Nullable Block[] live = new Block[1 << 13];
    private final DeviceAddresses addresses = new DeviceAddresses();
    private long allocated;
    private long reserved;
    private int segments;
    private boolean gaveBack;

    CachingAllocator(DeviceMemory device, AllocatorLimits limits) {
        this.device = device;
        this.limits = limits;
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
        Block block = takeBestFit(pool, size);
        if (block == null) {
            block = newSegment(size, small);
        }
        long rest = block.size - size;
        if (small ? rest >= MINIMUM_BLOCK : rest > SMALL_REQUEST && size < limits.maxSplitSize()) {
            pool.add(block.split(size));
        }
        block.tensor = tensor;
        allocated += block.size;
        if (tensor >= live.length) {
            live = Arrays.copyOf(live, Math.max(2 * live.length, tensor + 1));
        }
        live[tensor] = block;
    }

    /** The smallest block of at least {@code size} bytes, the lowest address first; one too large to be split may not do. */
    private @Nullable Block takeBestFit(BlockPool pool, long size) {
        if (limits.collectAbove().isPresent()) {
            pool.countSearch();
        }
        Block block = pool.firstOfAtLeast(size);
        if (block == null) {
            return null;
        }
        boolean oversize = block.size >= limits.maxSplitSize();
        if (oversize && (size < limits.maxSplitSize() || block.size - size >= MEDIUM_SEGMENT)) {
            return null;
        }
        pool.remove(block);
        return block;
    }

    private Block newSegment(long size, boolean small) {
        limits.collectAbove().ifPresent(this::collectGarbage);
        long bytes = segmentSize(size);
        if (!device.take(bytes) && !(releaseOversize(small ? smallPool : largePool, size) && device.take(bytes))) {
            gaveBack = true;
            emptyCache();
            if (!device.take(bytes)) {
                throw new OutOfDeviceMemory(bytes, reserved);
            }
        }
        reserved += bytes;
        segments++;
        Block range = addresses.take(bytes);
        Block segment = new Block(range.address, bytes, small);
        segment.range = range;
        return segment;
    }

    /** Gives back cached segments that have not been used for longer than the average, until enough is free. */
    private void collectGarbage(long threshold) {
        long target = reserved - threshold;
        long totalAge = 0;
        int candidates = 0;
        for (Block block : largePool.inOrder()) {
            if (block.isWhole()) {
                totalAge += largePool.age(block);
                candidates++;
            }
        }
        long reclaimed = 0;
        boolean progress = true;
        while (reclaimed < target && progress && candidates > 0) {
            double oldEnough = (double) totalAge / candidates;
            progress = false;
            for (Block block : largePool.inOrder()) {
                long age = largePool.age(block);
                if (block.isWhole() && age >= oldEnough) {
                    progress = true;
                    reclaimed += block.size;
                    totalAge -= age;
                    candidates--;
                    release(largePool, block);
                }
            }
        }
    }

    /** Gives back blocks too large to be split, one that is large enough or else the largest ones. */
    private boolean releaseOversize(BlockPool pool, long size) {
        if (limits.maxSplitSize() == Long.MAX_VALUE) {
            return false;
        }
        long wanted = Math.max(size, limits.maxSplitSize());
        Block enough = pool.firstOfAtLeast(wanted);
        if (enough != null) {
            release(pool, enough);
            return true;
        }
        long released = 0;
        List<Block> ascending = pool.inOrder();
        for (int i = ascending.size() - 1; i >= 0 && released < wanted; i--) {
            Block block = ascending.get(i);
            if (block.size < limits.maxSplitSize()) {
                break;
            }
            released += block.size;
            release(pool, block);
        }
        return released >= wanted;
    }

    @Override
    public void free(int tensor) {
        Block block = block(tensor);
        live[tensor] = null;
        allocated -= block.size;
        (block.small ? smallPool : largePool).addMerged(block);
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
        for (Block block : pool.inOrder()) {
            if (block.isWhole()) {
                release(pool, block);
            }
        }
    }

    private void release(BlockPool pool, Block block) {
        pool.remove(block);
        if (block.range != null) {
            addresses.giveBack(block.range);
        }
        device.giveBack(block.size);
        reserved -= block.size;
        segments--;
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
    public long releasable() {
        return smallPool.releasable() + largePool.releasable();
    }

    @Override
    public List<SegmentView> segmentMap() {
        NavigableMap<Long, Block> heads = new TreeMap<>();
        for (@Nullable Block block : live) {
            addHead(heads, block);
        }
        for (BlockPool pool : List.of(smallPool, largePool)) {
            pool.inOrder().forEach(block -> addHead(heads, block));
        }
        return heads.values().stream().map(SegmentView::from).toList();
    }

    private static void addHead(NavigableMap<Long, Block> heads, @Nullable Block block) {
        if (block != null && block.previous == null) {
            heads.put(block.address, block);
        }
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
