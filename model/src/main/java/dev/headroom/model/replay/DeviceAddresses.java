package dev.headroom.model.replay;

/** The addresses a driver gives to new segments. They decide which of two equally large free blocks is taken. */
final class DeviceAddresses {
    private long next = 1L << 46;

    /** The address of a new segment: below all earlier ones. */
    long take(long bytes) {
        next -= bytes;
        return next;
    }

    /** A segment at {@code address} went back to the driver. */
    void giveBack(long address, long bytes) {
        // The addresses of freed segments are not used again.
    }
}
