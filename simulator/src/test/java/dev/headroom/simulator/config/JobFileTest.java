package dev.headroom.simulator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.simulator.input.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is in a file, reading it ends soon, and with a message rather than a stack trace. */
final class JobFileTest {
    @TempDir
    private Path directory;

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> JobFile.read(file.toString(), InputStream.nullInputStream())
                        .read())
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content);
    }

    private Path file(String name, String content) throws IOException {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void read_missingFile_isRefused() {
        assertRefused(directory.resolve("none.yaml"), "none.yaml: no such file");
    }

    @Test
    void read_directory_isRefused() {
        assertRefused(directory, "is a directory, not a file");
    }

    @Test
    void read_twoGigabytes_areRefusedUnread() throws IOException {
        Path large = directory.resolve("large.yaml");
        try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength(2L << 30);
        }
        assertRefused(large, "is too large: 2048.0 MiB; at most 1 MiB are read");
    }

    @Test
    void read_endlessStream_isRefusedAfterTheLimit() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                Arrays.fill(buffer, offset, offset + length, (byte) 'a');
                return length;
            }
        };

        assertThatThrownBy(() -> JobFile.read(JobFile.STANDARD_INPUT, endless))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("<stdin>: is too large");
    }

    @Test
    void read_binary_isRefused() throws IOException {
        assertRefused(file("binary.yaml", new byte[] {(byte) 0x80, 1, 2}), "is no UTF-8 text: byte 0x80 at offset 0");
        assertRefused(file("nul.yaml", "model: a\0b"), "a NUL character at offset 8");
        assertRefused(file("control.yaml", "model: a\u0007b"), "character U+0007 is not allowed");
    }

    @Test
    void read_deepNesting_isRefused() throws IOException {
        assertRefused(file("deep.yaml", "[".repeat(50_000)), "nested more than 100 levels deep");
        assertRefused(file("deep.json", "{\"a\":".repeat(50_000)), "nested more than 100 levels deep");
        assertRefused(file("block.yaml", "- ".repeat(50_000)), "nested more than 100 levels deep");
    }

    @Test
    void read_aliases_areRefusedUnexpanded() throws IOException {
        assertRefused(
                file("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"),
                "aliases (*name) are not read; write the value again");
    }

    @ParameterizedTest(name = "{0} holding {1} is refused: {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "a.yaml | '' | is empty",
                "a.yaml | '# only a comment' | is empty",
                "a.json | '' | is empty",
                "a.json | '   ' | is empty",
                "a.json | {\"model\": | a.json:1:10: no valid JSON",
                "a.json | {\"model\": \"m\"} x | no valid JSON",
                "a.json | {\"model\": \"m\", \"model\": \"n\"} | a.json:1:16: duplicate key 'model', first given at a.json:1:2",
                "a.yaml | 'model: [a' | a.yaml:1:",
                "a.yaml | 'model: a: b' | no valid YAML",
                "a.yaml | just words | must be a mapping of keys to values, found 'just words'",
                "a.yaml | [1] | must be a mapping of keys to values, found a list",
                "a.yaml | {job: {model: m}, gpus: t4} | unknown key 'gpus' beside 'job'",
            })
    void read_brokenText_isRefusedWithPlace(String name, String content, String message) throws IOException {
        Path file = file(name, content);
        String expected = message.replace(name + ":1", file + ":1");
        assertRefused(file, expected);
    }

    @Test
    void read_jsonWithTabs_isRead() throws IOException {
        Path file = file("tabs.json", "{\n\t\"model\": \"m\",\n\t\"sequenceLength\": 3\n}\n");

        assertThat(JobFile.read(file.toString(), InputStream.nullInputStream())
                        .read()
                        .batch()
                        .sequenceLength())
                .isEqualTo(3);
    }
}
