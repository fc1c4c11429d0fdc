package dev.headroom.model.replay;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch's caching allocator with {@code expandable_segments:True}: each pool grows one address range, page by page, and
 * gives single pages back.
 *
 * <p>Source: PyTorch 2.11, {@code c10/cuda/CUDACachingAllocator.cpp}: {@code try_allocate_expandable_block},
 * {@code find_expandable_block}, {@code map_block}, {@code unmap_block}, {@code get_free_block}.
 */
final class ExpandableSegmentsAllocator implements Allocator {
    private static final long SMALL_PAGE = CachingAllocator.SMALL_SEGMENT;
    private static final long LARGE_PAGE = CachingAllocator.MEDIUM_SEGMENT;
    /** Address space of one segment: more than any device holds. */
    private static final long ADDRESS_SPACE = 1L << 50;

    private final DeviceMemory device;
    private final Segment small = new Segment(SMALL_PAGE, true);
    private final Segment large = new Segment(LARGE_PAGE, false);
    private @Nullable Block[] live = new Block[1 << 13];
    private long allocated;
    private long reserved;
    private boolean gaveBack;

    ExpandableSegmentsAllocator(DeviceMemory device) {
        this.device = device;
    }

    /** One address range, of which some pages have memory behind them. */
    private static final class Segment {
        final long page;
        final BlockPool mapped = new BlockPool();
        final BlockPool unmapped = new BlockPool();
        final boolean[] pages = new boolean[1 << 20];

        final Block first;

        Segment(long page, boolean small) {
            this.page = page;
            Block all = new Block(0, ADDRESS_SPACE, small);
            all.free = true;
            all.mapped = false;
            first = all;
            unmapped.add(all);
        }
    }

    @Override
    public void allocate(int tensor, long requested) {
        long size = CachingAllocator.roundSize(requested);
        Segment segment = size <= CachingAllocator.SMALL_REQUEST ? small : large;
        Block block = takeFree(segment, size);
        if (block == null) {
            block = takeExpanded(segment, size);
        }
        if (block == null) {
            gaveBack = true;
            emptyCache();
            block = takeExpanded(segment, size);
        }
        if (block == null) {
            throw new OutOfDeviceMemory(size, reserved);
        }
        if (block.size - size >= CachingAllocator.MINIMUM_BLOCK) {
            Block tail = block.split(size);
            tail.free = true;
            segment.mapped.add(tail);
        }
        block.free = false;
        block.tensor = tensor;
        allocated += block.size;
        if (tensor >= live.length) {
            live = Arrays.copyOf(live, Math.max(2 * live.length, tensor + 1));
        }
        live[tensor] = block;
    }

    /** Best fit, where a block at the growing end counts with all it can grow to, so that it is taken last. */
    private static @Nullable Block takeFree(Segment segment, long size) {
        int index = segment.mapped.firstOfAtLeast(size);
        if (index == segment.mapped.count()) {
            return null;
        }
        while (index + 1 < segment.mapped.count()
                && expandableSize(segment.mapped.get(index + 1)) < expandableSize(segment.mapped.get(index))) {
            index++;
        }
        return segment.mapped.takeAt(index);
    }

    private static long expandableSize(Block block) {
        Block next = block.next;
        return block.size + (next != null && !next.mapped ? next.size : 0);
    }

    /**
     * Grows the first block that has room behind it; none if the device is full. What was mapped until then stays so
     * ({@code try_allocate_expandable_block}).
     */
    private @Nullable Block takeExpanded(Segment segment, long size) {
        Block candidate = findExpandable(segment, size);
        if (!candidate.mapped) {
            candidate = map(segment, candidate, Math.min(candidate.size, size));
        }
        while (candidate != null && candidate.size < size) {
            Block next = candidate.next;
            if (next == null) {
                throw new OutOfDeviceMemory(size, reserved);
            }
            candidate = map(segment, next, Math.min(size - candidate.size, next.size));
        }
        if (candidate != null) {
            segment.mapped.remove(candidate);
        }
        return candidate;
    }

    private Block findExpandable(Segment segment, long size) {
        for (int i = 0; i < segment.unmapped.count(); i++) {
            Block candidate = segment.unmapped.get(i);
            Block previous = candidate.previous;
            if (previous != null && previous.free) {
                candidate = previous;
            }
            long room = 0;
            for (Block block = candidate; block != null && block.free && room < size; block = block.next) {
                room += block.size;
            }
            if (room >= size) {
                return candidate;
            }
        }
        throw new OutOfDeviceMemory(size, reserved);
    }

    /**
     * Puts memory behind the first {@code size} bytes of a block, in whole pages, and merges it with free neighbours; none
     * if the device has not enough.
     */
    private @Nullable Block map(Segment segment, Block unmapped, long size) {
        long first = unmapped.address / segment.page;
        long last = (unmapped.address + size + segment.page - 1) / segment.page;
        long missing = 0;
        for (long page = first; page < last; page++) {
            missing += segment.pages[(int) page] ? 0 : segment.page;
        }
        if (!device.take(missing)) {
            return null;
        }
        reserved += missing;
        Arrays.fill(segment.pages, (int) first, (int) last, true);
        segment.unmapped.remove(unmapped);
        long mappedBytes = Math.min(unmapped.size, last * segment.page - unmapped.address);
        if (mappedBytes < unmapped.size) {
            Block rest = unmapped.split(mappedBytes);
            rest.free = true;
            segment.unmapped.add(rest);
        }
        unmapped.mapped = true;
        return merge(segment, unmapped);
    }

    private static Block merge(Segment segment, Block freed) {
        Block block = freed;
        BlockPool pool = block.mapped ? segment.mapped : segment.unmapped;
        Block previous = block.previous;
        if (previous != null && previous.free && previous.mapped == block.mapped) {
            pool.remove(previous);
            previous.absorbNext();
            block = previous;
        }
        Block next = block.next;
        if (next != null && next.free && next.mapped == block.mapped) {
            pool.remove(next);
            block.absorbNext();
        }
        pool.add(block);
        return block;
    }

    @Override
    public void free(int tensor) {
        Block block = live[tensor];
        if (block == null) {
            throw new IllegalStateException("tensor %d is not live".formatted(tensor));
        }
        live[tensor] = null;
        allocated -= block.size;
        block.free = true;
        merge(block.small ? small : large, block);
    }

    @Override
    public void emptyCache() {
        unmapFreePages(small);
        unmapFreePages(large);
    }

    private void unmapFreePages(Segment segment) {
        Block[] free = new Block[segment.mapped.count()];
        for (int i = 0; i < free.length; i++) {
            free[i] = segment.mapped.get(i);
        }
        for (Block block : free) {
            long first = (block.address + segment.page - 1) / segment.page;
            long last = (block.address + block.size) / segment.page;
            if (first >= last) {
                continue;
            }
            segment.mapped.remove(block);
            Block unmapped = block;
            long head = first * segment.page - block.address;
            if (head > 0) {
                unmapped = block.split(head);
                unmapped.free = true;
                segment.mapped.add(block);
            }
            long middle = (last - first) * segment.page;
            if (unmapped.size > middle) {
                Block tail = unmapped.split(middle);
                tail.free = true;
                segment.mapped.add(tail);
            }
            Arrays.fill(segment.pages, (int) first, (int) last, false);
            device.giveBack(middle);
            reserved -= middle;
            unmapped.mapped = false;
            merge(segment, unmapped);
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
    public long releasable() {
        return wholePages(small) + wholePages(large);
    }

    private static long wholePages(Segment segment) {
        long bytes = 0;
        for (int i = 0; i < segment.mapped.count(); i++) {
            Block block = segment.mapped.get(i);
            long first = (block.address + segment.page - 1) / segment.page;
            long last = (block.address + block.size) / segment.page;
            bytes += Math.max(0, last - first) * segment.page;
        }
        return bytes;
    }

    @Override
    public List<SegmentView> segmentMap() {
        return List.of(SegmentView.from(small.first), SegmentView.from(large.first));
    }

    @Override
    public long blockBytes(int tensor) {
        Block block = live[tensor];
        return block == null ? 0 : block.size;
    }

    @Override
    public int segments() {
        return 2;
    }

    @Override
    public boolean gaveBackCache() {
        return gaveBack;
    }
}
