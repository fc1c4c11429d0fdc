package dev.headroom.simulator.measured;

/** The three answers in which runs are compared. */
public enum Answer {
    /** Bytes of live tensors at the peak. */
    ALLOCATED("allocated", "peakAllocatedBytes"),
    /** Bytes the allocator held at its peak. */
    RESERVED("reserved", "peakReservedBytes"),
    /** What the driver shows for the process. */
    PROCESS("process", "processBytes"),
    /** What ND4J's counter of device memory shows at most. */
    DEVICE_COUNTER("deviceCounter", "deviceCounterPeakBytes");

    private final String id;
    private final String key;

    Answer(String id, String key) {
        this.id = id;
        this.key = key;
    }

    /** Whether only some runtimes have it. */
    public boolean isOfSomeRuntimes() {
        return this == DEVICE_COUNTER;
    }

    /** The word used in tables and summaries, such as {@code allocated}. */
    public String id() {
        return id;
    }

    /** The key used in records, such as {@code peakAllocatedBytes}. */
    public String key() {
        return key;
    }
}
