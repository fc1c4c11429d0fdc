package dev.headroom.simulator.measured;

import java.util.Locale;

/** The three answers that are compared. */
public enum Quantity {
    /** Bytes of live tensors at the peak. */
    ALLOCATED("peakAllocatedBytes"),
    /** Bytes held by the allocator at its peak. */
    RESERVED("peakReservedBytes"),
    /** What the driver shows for the process. */
    PROCESS("processBytes");

    private final String key;

    Quantity(String key) {
        this.key = key;
    }

    /** The word used in tables and summaries, such as {@code allocated}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The key used in records, such as {@code peakAllocatedBytes}. */
    public String key() {
        return key;
    }
}
