package dev.headroom.model.replay;

/** The device has not enough memory for an allocation. */
final class OutOfDeviceMemory extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutOfDeviceMemory(long requested, long reserved) {
        super("cannot allocate %d B on top of %d B reserved".formatted(requested, reserved), null, false, false);
    }
}
