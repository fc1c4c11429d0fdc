package dev.headroom.model.replay;

import java.util.List;

/**
 * Memory straight from the driver, as ND4J asks for it with {@code cudaMalloc}: nothing is cached. What is handed out is
 * counted to the byte; what the driver takes for it is rounded.
 *
 * <p>Source: measured on an H100 by allocating blocks of every size. Blocks of more than 1 MiB take whole pages of 2 MiB,
 * smaller ones share such pages in units of 512 bytes. ND4J asks for a little more than an array needs, as shows where that is
 * a whole number of pages: TinyLlama's 156 matrices, all such, take a page more each.
 */
final class LiveBytes implements Allocator {
    private static final long LARGE = 1L << 20;
    private static final long PADDING = 8;
    private static final long UNIT = 512;

    private final long[] sizes;
    private final long page;
    private long allocated;
    private long pages;
    private long small;

    /**
     * @param tensors how many tensors there are at most
     * @param page bytes in which the driver hands memory out
     */
    LiveBytes(int tensors, long page) {
        this.sizes = new long[tensors];
        this.page = page;
    }

    @Override
    public void allocate(int tensor, long requested) {
        sizes[tensor] = requested;
        count(requested, 1);
    }

    @Override
    public void free(int tensor) {
        count(sizes[tensor], -1);
    }

    private void count(long bytes, int sign) {
        allocated = Math.addExact(allocated, sign * bytes);
        long asked = Math.addExact(bytes, PADDING);
        if (asked > LARGE) {
            pages += sign * roundedUp(asked, page);
        } else {
            small += sign * roundedUp(asked, UNIT);
        }
    }

    private static long roundedUp(long bytes, long unit) {
        return Math.multiplyExact(Math.addExact(bytes, unit - 1) / unit, unit);
    }

    @Override
    public void emptyCache() {
        // There is none.
    }

    @Override
    public long allocated() {
        return allocated;
    }

    @Override
    public long reserved() {
        return pages + roundedUp(small, page);
    }

    @Override
    public long releasable() {
        return 0;
    }

    @Override
    public List<SegmentView> segmentMap() {
        return List.of();
    }

    @Override
    public long blockBytes(int tensor) {
        return sizes[tensor];
    }

    @Override
    public int segments() {
        return 0;
    }

    @Override
    public boolean gaveBackCache() {
        return false;
    }
}
