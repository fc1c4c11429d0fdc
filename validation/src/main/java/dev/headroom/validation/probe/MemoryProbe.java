package dev.headroom.validation.probe;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Looks at ND4J's memory from outside: its counter of buffers, which knows no peak and is therefore read all the time, and
 * the driver's view of the card.
 *
 * <p>{@code MemoryManager.allocatedMemory} and {@code AllocationsTracker} count workspaces only; the counter of the native
 * environment counts every buffer outside them, those made within operations as well.
 */
public final class MemoryProbe implements AutoCloseable {
    private static final int DEVICE = 0;
    private static final long INTERVAL = 150_000;
    private static final int COUNTS_PER_DRIVER_READING = 16;
    private static final long ASKING_INTERVAL = 5_000_000;

    private final Environment environment = Nd4j.getBackend().getEnvironment();
    private final NativeOps natives = NativeOpsHolder.getInstance().getDeviceNativeOps();
    private final boolean cuda = !environment.isCPU();
    private final Optional<NvidiaSmi> nvidiaSmi = cuda ? NvidiaSmi.onPath() : Optional.empty();
    private final Thread reader;
    private final Thread asker;
    private volatile boolean watching;
    private volatile boolean closed;
    private long counterPeak;
    private long driverPeak;
    private volatile long nvmlPeak;

    /** Starts the reading thread, which rests until {@link #watch()}. */
    public MemoryProbe() {
        reader = new Thread(this::readOn, "memory probe");
        reader.setDaemon(true);
        reader.start();
        asker = new Thread(this::askOn, "nvidia-smi");
        asker.setDaemon(true);
        asker.start();
    }

    /** Bytes of buffers now. */
    public long counter() {
        return environment.getDeviceCouner(DEVICE);
    }

    /** Device memory in use as the driver sees it; nothing on the CPU. */
    public OptionalLong driverBytes() {
        return cuda
                ? OptionalLong.of(natives.getDeviceTotalMemory(DEVICE) - natives.getDeviceFreeMemory(DEVICE))
                : OptionalLong.empty();
    }

    /** Total memory of the card; nothing on the CPU. */
    public OptionalLong deviceMemory() {
        return cuda ? OptionalLong.of(natives.getDeviceTotalMemory(DEVICE)) : OptionalLong.empty();
    }

    /** The card's name; nothing on the CPU. */
    public Optional<String> deviceName() {
        return cuda ? Optional.of(natives.getDeviceName(DEVICE)) : Optional.empty();
    }

    /** ND4J's description of what it runs on. */
    public static Properties environmentInformation() {
        return Nd4j.getExecutioner().getEnvironmentInformation();
    }

    /** The driver's version; nothing if there is no tool to ask. */
    public Optional<String> driverVersion() {
        return nvidiaSmi.map(NvidiaSmi::driver);
    }

    /** Bytes that NVML says this process holds; nothing if it does not say. */
    public OptionalLong nvmlBytes() {
        return nvidiaSmi.map(NvidiaSmi::processBytes).orElse(OptionalLong.empty());
    }

    /** The largest that NVML said while it was watched; nothing if it said nothing. */
    public OptionalLong nvmlPeak() {
        return nvmlPeak == 0 ? OptionalLong.empty() : OptionalLong.of(nvmlPeak);
    }

    /** From now on an allocation beyond {@code bytes} fails. */
    public void limit(long bytes) {
        environment.setDeviceLimit(DEVICE, bytes);
    }

    /** From now on nothing is limited. */
    public void unlimit() {
        environment.setDeviceLimit(DEVICE, 0);
    }

    /** Forgets the peaks and watches for new ones. */
    public synchronized void watch() {
        counterPeak = 0;
        driverPeak = 0;
        read(true);
        watching = true;
    }

    /** Stops watching. */
    public void rest() {
        watching = false;
        read(true);
    }

    /** The largest count seen since {@link #watch()}. */
    public synchronized long counterPeak() {
        return counterPeak;
    }

    /** The largest use the driver reported since {@link #watch()}; nothing on the CPU. */
    public synchronized OptionalLong driverPeak() {
        return cuda ? OptionalLong.of(driverPeak) : OptionalLong.empty();
    }

    /** Reads now, as something large may just have been made. */
    public synchronized void read(boolean driver) {
        counterPeak = Math.max(counterPeak, counter());
        if (driver && cuda) {
            driverPeak = Math.max(driverPeak, driverBytes().orElse(0));
        }
    }

    private void readOn() {
        int count = 0;
        while (!closed) {
            if (watching) {
                read(++count % COUNTS_PER_DRIVER_READING == 0);
                LockSupport.parkNanos(INTERVAL);
            } else {
                LockSupport.parkNanos(INTERVAL * 10);
            }
        }
    }

    /** Asking starts a process, 20 ms at best; a thread of its own, as the other must not wait for it. */
    private void askOn() {
        while (!closed && nvidiaSmi.isPresent()) {
            if (watching) {
                nvmlPeak = Math.max(nvmlPeak, nvmlBytes().orElse(0));
            }
            LockSupport.parkNanos(ASKING_INTERVAL);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(reader);
        LockSupport.unpark(asker);
    }
}
