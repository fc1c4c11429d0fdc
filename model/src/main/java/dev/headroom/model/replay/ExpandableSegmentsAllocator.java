package dev.headroom.model.replay;

import java.util.Arrays;
import java.util.BitSet;
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
        final BlockPool mapped = new BlockPool(this::bytesInWholePages);
        final BlockPool unmapped = new BlockPool();
        /** Pages with memory behind them, by number. */
        final BitSet pages = new BitSet();

        final Block first;

        Segment(long page, boolean small) {
            this.page = page;
            Block all = new Block(0, ADDRESS_SPACE, small);
            all.mapped = false;
            first = all;
            unmapped.add(all);
        }

        private long bytesInWholePages(Block block) {
            long first = (block.address + page - 1) / page;
            long last = (block.address + block.size) / page;
            return Math.max(0, last - first) * page;
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
            segment.mapped.add(block.split(size));
        }
        block.tensor = tensor;
        allocated += block.size;
        if (tensor >= live.length) {
            live = Arrays.copyOf(live, Math.max(2 * live.length, tensor + 1));
        }
        live[tensor] = block;
    }

    /** Best fit, where a block at the growing end counts with all it can grow to, so that it is taken last. */
    private static @Nullable Block takeFree(Segment segment, long size) {
        Block block = segment.mapped.firstOfAtLeast(size);
        if (block == null) {
            return null;
        }
        Block after = segment.mapped.after(block);
        while (after != null && expandableSize(after) < expandableSize(block)) {
            block = after;
            after = segment.mapped.after(block);
        }
        segment.mapped.remove(block);
        return block;
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
        for (Block candidate : segment.unmapped.inOrder()) {
            Block previous = candidate.previous;
            Block start = previous != null && previous.free ? previous : candidate;
            long room = 0;
            for (Block block = start; block != null && block.free && room < size; block = block.next) {
                room += block.size;
            }
            if (room >= size) {
                return start;
            }
        }
        throw new OutOfDeviceMemory(size, reserved);
    }

    /**
     * Puts memory behind the first {@code size} bytes of a block, in whole pages, and merges it with free neighbours; none
     * if the device has not enough.
     */
    private @Nullable Block map(Segment segment, Block unmapped, long size) {
        int first = Math.toIntExact(unmapped.address / segment.page);
        int last = Math.toIntExact((unmapped.address + size + segment.page - 1) / segment.page);
        int there = segment.pages.get(first, last).cardinality();
        long missing = (last - first - there) * segment.page;
        if (!device.take(missing)) {
            return null;
        }
        reserved += missing;
        segment.pages.set(first, last);
        segment.unmapped.remove(unmapped);
        long mappedBytes = Math.min(unmapped.size, last * segment.page - unmapped.address);
        if (mappedBytes < unmapped.size) {
            segment.unmapped.add(unmapped.split(mappedBytes));
        }
        unmapped.mapped = true;
        return segment.mapped.addMerged(unmapped);
    }

    @Override
    public void free(int tensor) {
        Block block = live[tensor];
        if (block == null) {
            throw new IllegalStateException("tensor %d is not live".formatted(tensor));
        }
        live[tensor] = null;
        allocated -= block.size;
        (block.small ? small : large).mapped.addMerged(block);
    }

    @Override
    public void emptyCache() {
        unmapFreePages(small);
        unmapFreePages(large);
    }

    private void unmapFreePages(Segment segment) {
        for (Block block : segment.mapped.inOrder()) {
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
                segment.mapped.add(block);
            }
            long middle = (last - first) * segment.page;
            if (unmapped.size > middle) {
                segment.mapped.add(unmapped.split(middle));
            }
            segment.pages.clear((int) first, (int) last);
            device.giveBack(middle);
            reserved -= middle;
            unmapped.mapped = false;
            segment.unmapped.addMerged(unmapped);
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
        return small.mapped.releasable() + large.mapped.releasable();
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
