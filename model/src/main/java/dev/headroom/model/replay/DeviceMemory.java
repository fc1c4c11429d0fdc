package dev.headroom.model.replay;

/** The memory a driver hands out, in whole granules, up to a capacity. */
final class DeviceMemory {
    private final long capacity;
    private long used;

    /**
     * @param capacity bytes the process may take beside its fixed overhead
     */
    DeviceMemory(long capacity) {
        this.capacity = capacity;
    }

    static DeviceMemory unlimited() {
        return new DeviceMemory(Long.MAX_VALUE);
    }

    /** Takes {@code bytes}, or nothing if they are not there. */
    boolean take(long bytes) {
        if (bytes > capacity - used) {
            return false;
        }
        used += bytes;
        return true;
    }

    void giveBack(long bytes) {
        used -= bytes;
    }
}
