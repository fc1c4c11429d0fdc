package dev.headroom.simulator.measurement;

/** There is no device to compute on. */
public final class NoDeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is missing, and what to do
     */
    public NoDeviceException(String message) {
        super(message);
    }

    /**
     * @param message what is missing, and what to do
     * @param cause how that was found out
     */
    public NoDeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
