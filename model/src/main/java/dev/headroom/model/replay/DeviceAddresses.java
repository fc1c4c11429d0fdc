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
    /** What is free when training begins, in MiB from the origin: chunks that the context made and fills in part. */
    private static final long[][] FIRST_HOLES = {{-6, 0}, {0, 414}, {490, 512}, {9184, 9208}};

    private final NavigableMap<Long, Long> holes = new TreeMap<>();
    private final NavigableMap<Long, Long> chunks = new TreeMap<>();
    /** Free address ranges below the first chunk, by start. */
    private final NavigableMap<Long, Long> free = new TreeMap<>();

    DeviceAddresses() {
        for (long[] hole : FIRST_HOLES) {
            holes.put(ORIGIN + hole[0] * MIB, (hole[1] - hole[0]) * MIB);
        }
        free.put(0L, ORIGIN - 512 * MIB);
    }

    /** The address of a new segment. */
    long take(long bytes) {
        for (Map.Entry<Long, Long> hole : holes.entrySet()) {
            if (hole.getValue() >= bytes) {
                return cut(hole.getKey(), hole.getValue(), bytes);
            }
        }
        long size = (bytes + CHUNK - 1) / CHUNK * CHUNK;
        for (Map.Entry<Long, Long> range : free.descendingMap().entrySet()) {
            if (range.getValue() >= size) {
                long start = range.getKey();
                long chunk = start + range.getValue() - size;
                free.remove(start);
                if (chunk > start) {
                    free.put(start, chunk - start);
                }
                chunks.put(chunk, size);
                holes.put(chunk, size);
                return cut(chunk, size, bytes);
            }
        }
        throw new IllegalStateException("no address space left");
    }

    private long cut(long start, long size, long bytes) {
        holes.remove(start);
        if (size > bytes) {
            holes.put(start + bytes, size - bytes);
        }
        return start;
    }

    /** A segment at {@code address} went back to the driver. */
    void giveBack(long address, long bytes) {
        long start = merge(holes, address, bytes, chunks);
        long chunk = chunks.getOrDefault(start, -1L);
        if (chunk == holes.getOrDefault(start, 0L)) {
            chunks.remove(start);
            holes.remove(start);
            merge(free, start, chunk, Map.of());
        }
    }

    /**
     * Adds a range to those it touches.
     *
     * @param borders addresses across which ranges stay apart
     * @return where the merged range starts
     */
    private static long merge(NavigableMap<Long, Long> ranges, long address, long bytes, Map<Long, ?> borders) {
        long start = address;
        long size = bytes;
        Map.Entry<Long, Long> below = ranges.lowerEntry(address);
        if (below != null && below.getKey() + below.getValue() == address && !borders.containsKey(address)) {
            start = below.getKey();
            size += below.getValue();
        }
        long end = address + bytes;
        if (ranges.containsKey(end) && !borders.containsKey(end)) {
            size += ranges.getOrDefault(end, 0L);
            ranges.remove(end);
        }
        ranges.put(start, size);
        return start;
    }
}
