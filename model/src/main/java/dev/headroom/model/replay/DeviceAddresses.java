package dev.headroom.model.replay;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The addresses a driver gives to new segments. They decide which of two equally large free blocks PyTorch takes.
 *
 * <p>The driver keeps chunks of address space. A request goes to the lowest hole of a chunk that is large enough; if there
 * is none, a new chunk, a multiple of 32 MiB, is laid below all others, and a chunk without use is given up. Source:
 * addresses of every segment in recorded allocations of 172 jobs on an H200, driver 580.159.04: 91 % follow this rule.
 */
final class DeviceAddresses {
    private static final long MIB = 1 << 20;
    private static final long CHUNK = 32 * MIB;
    private static final long ORIGIN = 1L << 62;
    /** Chunks that the context made begin here, and are never given up. */
    private static final long FIRST_CHUNKS = ORIGIN - 512 * MIB;
    /** What is free when training begins, in MiB from the origin: chunks that the context made and fills in part. */
    private static final long[][] FIRST_HOLES = {{-6, 0}, {0, 414}, {490, 512}, {9184, 9208}};

    /** Free ranges of chunks, each a block between those that segments take. */
    private final BlockPool holes = new BlockPool();
    /** Size of each range without a chunk, by start. */
    private final NavigableMap<Long, Long> free = new TreeMap<>();

    DeviceAddresses() {
        Block before = null;
        for (long[] range : FIRST_HOLES) {
            Block hole = new Block(ORIGIN + range[0] * MIB, (range[1] - range[0]) * MIB, false);
            holes.add(hole);
            if (before != null && before.address + before.size == hole.address) {
                before.next = hole;
                hole.previous = before;
            }
            before = hole;
        }
        free.put(0L, FIRST_CHUNKS);
    }

    /** The range of a new segment. */
    Block take(long bytes) {
        Block hole = holes.lowestOfAtLeast(bytes);
        if (hole == null) {
            hole = newChunk((bytes + CHUNK - 1) / CHUNK * CHUNK);
        } else {
            holes.remove(hole);
        }
        if (hole.size > bytes) {
            holes.add(hole.split(bytes));
        }
        return hole;
    }

    private Block newChunk(long size) {
        for (Map.Entry<Long, Long> range : free.descendingMap().entrySet()) {
            if (range.getValue() >= size) {
                long start = range.getKey();
                long chunk = start + range.getValue() - size;
                free.remove(start);
                if (chunk > start) {
                    free.put(start, chunk - start);
                }
                return new Block(chunk, size, false);
            }
        }
        throw new IllegalStateException("no address space left");
    }

    /** The segment in this range went back to the driver. */
    void giveBack(Block range) {
        Block hole = holes.addMerged(range);
        if (hole.isWhole() && hole.address < FIRST_CHUNKS) {
            holes.remove(hole);
            giveUp(hole);
        }
    }

    private void giveUp(Block chunk) {
        long start = chunk.address;
        long size = chunk.size;
        Map.Entry<Long, Long> below = free.lowerEntry(start);
        if (below != null && below.getKey() + below.getValue() == start) {
            start = below.getKey();
            size += below.getValue();
        }
        Long above = free.remove(chunk.address + chunk.size);
        free.put(start, size + (above == null ? 0 : above));
    }
}
