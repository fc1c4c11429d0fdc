package dev.headroom.validation.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of a script in place of nvidia-smi. */
final class NvidiaSmiTest {
    @TempDir
    private Path directory;

    private String answering(String driver, String processes) throws IOException {
        return script("case \"$1\" in\n--query-gpu=*) %s ;;\n*) %s ;;\nesac".formatted(driver, processes));
    }

    private String script(String body) throws IOException {
        Path file = Files.writeString(directory.resolve("smi"), "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"))
                .toString();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "one card | 41, 612\\n77, 5150 | 5400166400",
                "two cards, their sum | 77, 100\\n77, 50 | 157286400",
                "another process | 777, 100 | ",
                "nobody | | ",
                "not told | 77, [N/A] | ",
                "no permission | [Insufficient Permissions], 12 | ",
            })
    void processBytes_ofThisProcess_isItsLines(String name, String lines, Long bytes) throws IOException {
        String written = lines == null ? "" : lines;
        NvidiaSmi smi = NvidiaSmi.of(answering("echo 580.159.04", "printf '" + written + "\\n'"))
                .orElseThrow();

        assertThat(smi.driver()).isEqualTo("580.159.04");
        if (bytes == null) {
            assertThat(smi.processBytes(77)).isEmpty();
        } else {
            assertThat(smi.processBytes(77)).hasValue(bytes);
        }
    }

    @Test
    void processBytes_queryFails_isNothing() throws IOException {
        NvidiaSmi smi =
                NvidiaSmi.of(answering("echo 580.1", "echo '77, 12'; exit 6")).orElseThrow();

        assertThat(smi.processBytes(77)).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "exit 9",
        "echo NVIDIA-SMI has failed because it could not communicate with the driver",
        "exec sleep 60",
    })
    void of_toolThatDoesNotWork_isNone(String body) throws IOException {
        assertThat(NvidiaSmi.of(script(body))).isEmpty();
    }

    @Test
    void of_noSuchTool_isNone() {
        assertThat(NvidiaSmi.of(directory.resolve("none").toString())).isEmpty();
    }
}
