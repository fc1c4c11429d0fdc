package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The catalogs, help and the schema: what is printed where, and with which exit code. */
final class CatalogCommandsTest {
    @TempDir
    private Path directory;

    private static Mapping json(CliRun run) {
        Problems problems = new Problems();
        Mapping mapping = (Mapping) JsonReader.read(new InputText("stdout", run.out()), problems);
        assertThat(problems.isEmpty()).isTrue();
        return mapping;
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"models", "models list", "gpus", "gpus list --format markdown", "gpus --format csv"})
    void list_everyFormat_goesToStdoutAlone(String command) {
        CliRun run = CliRun.of(command.split(" "));

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains(command.startsWith("models") ? "tinyllama-1.1b" : "a100-80gb");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"models", "gpus"})
    void list_table_fits80Columns(String command) {
        assertThat(CliRun.of(command).out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void list_json_hasEveryEntry() {
        Sequence models = (Sequence) json(CliRun.of("models", "--format", "json"))
                .entry("models")
                .orElseThrow()
                .value();

        assertThat(models.items()).hasSizeGreaterThan(40);
    }

    @Test
    void show_json_isOneObjectWithNumbers() {
        Mapping gpu = json(CliRun.of("gpus", "show", "a100-80gb", "--format", "json"));

        assertThat(gpu.entry("schemaVersion").orElseThrow().value().toJava()).isEqualTo(1L);
        assertThat(gpu.entry("memoryBytes").orElseThrow().value().toJava()).isEqualTo(81920L << 20);
    }

    @Test
    void show_driverName_findsTheCard() {
        assertThat(CliRun.of("gpus", "show", "NVIDIA H200").out()).startsWith("h200\n");
    }

    @Test
    void show_outputFile_takesTheResult() throws IOException {
        Path file = directory.resolve("gpu.txt");

        CliRun run = CliRun.of("gpus", "show", "t4", "-o", file.toString());

        assertThat(run).isEqualTo(new CliRun(0, "", ""));
        assertThat(file).content().contains("NVIDIA T4");
    }

    @Test
    void list_colorAlways_keepsWords() {
        assertThat(CliRun.of("gpus", "show", "t4", "--color", "always").out()).contains("\u001B[1mt4\u001B[0m");
        assertThat(CliRun.of("gpus", "show", "t4").out()).doesNotContain("\u001B");
    }

    @ParameterizedTest(name = "{0} --help")
    @ValueSource(strings = {"estimate", "compare", "explain", "reconcile", "measure", "models", "gpus", "schema"})
    void help_everyCommand_listsExitCodesAndEndsWithTwoExamples(String command) {
        CliRun run = CliRun.of(command, "--help");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Exit codes:").contains("2 ");
        String[] lines = run.out().strip().split("\n", -1);
        assertThat(lines[lines.length - 3]).isEqualTo("Examples:");
        assertThat(lines[lines.length - 2]).startsWith("  headroom " + command);
        assertThat(lines[lines.length - 1]).startsWith("  headroom " + command);
    }

    @Test
    void schema_isTheResource() {
        assertThat(json(CliRun.of("schema")).entry("properties")).isPresent();
    }

    @Test
    void version_isPrinted() {
        assertThat(CliRun.of("--version").out()).startsWith("headroom ");
    }
}
