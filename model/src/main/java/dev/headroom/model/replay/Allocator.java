package dev.headroom.model.replay;

import java.util.List;

/** A model of a device memory allocator. Sizes are bytes. */
interface Allocator {
    /**
     * Allocates for tensor number {@code tensor}.
     *
     * @throws OutOfDeviceMemory if the device has not enough memory left, even after giving back what is cached
     */
    void allocate(int tensor, long requested);

    /** Frees the memory of tensor number {@code tensor}. */
    void free(int tensor);

    /** Gives wholly free segments back to the driver. */
    void emptyCache();

    /** Bytes in blocks handed out. */
    long allocated();

    /** Bytes held from the driver. */
    long reserved();

    /** Bytes that {@link #emptyCache} would give back now. */
    long releasable();

    /** Every segment with its blocks, in the order of addresses. */
    List<SegmentView> segmentMap();

    /** Bytes of the block that was handed out for a live tensor. */
    long blockBytes(int tensor);

    /** Segments held from the driver. */
    int segments();

    /** Whether cached segments had to be given back because the device was full. */
    boolean gaveBackCache();
}
