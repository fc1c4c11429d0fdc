package dev.headroom.validation.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * What NVML says of this process, through {@code nvidia-smi}, which comes with the driver. It counts what the process holds
 * alone, where {@code cudaMemGetInfo} has all that is used of the card. In a container that has process numbers of its own,
 * NVML does not know this process, and says nothing.
 */
public final class NvidiaSmi {
    private static final long PATIENCE_SECONDS = 5;

    private final String command;
    private final String driver;

    private NvidiaSmi(String command, String driver) {
        this.command = command;
        this.driver = driver;
    }

    /** The tool on the path, if it is there and works. */
    public static Optional<NvidiaSmi> onPath() {
        return of("nvidia-smi");
    }

    /**
     * @param command its name or path
     */
    static Optional<NvidiaSmi> of(String command) {
        return ask(command, "--query-gpu=driver_version").stream()
                .findFirst()
                .filter(version -> version.matches("[0-9.]+"))
                .map(version -> new NvidiaSmi(command, version));
    }

    /** The driver's version. */
    public String driver() {
        return driver;
    }

    /** Bytes that this process holds on all cards; nothing if it is not known. */
    public OptionalLong processBytes() {
        return processBytes(ProcessHandle.current().pid());
    }

    OptionalLong processBytes(long process) {
        long mebibytes = 0;
        for (String line : ask(command, "--query-compute-apps=pid,used_memory")) {
            String[] cells = line.split(" *, *", -1);
            if (cells.length == 2 && cells[0].equals(Long.toString(process)) && cells[1].matches("\\d{1,9}")) {
                mebibytes += Long.parseLong(cells[1]);
            }
        }
        return mebibytes == 0 ? OptionalLong.empty() : OptionalLong.of(mebibytes << 20);
    }

    /** The lines it answers; none if it fails or takes too long. */
    private static List<String> ask(String command, String query) {
        try {
            Process process = new ProcessBuilder(command, query, "--format=csv,noheader,nounits")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return List.of();
            }
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.exitValue() == 0 ? answer.lines().map(String::strip).toList() : List.of();
        } catch (IOException e) {
            return List.of(); // There is none.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
