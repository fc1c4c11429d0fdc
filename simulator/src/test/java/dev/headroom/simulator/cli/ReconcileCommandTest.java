package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code headroom reconcile} writes where, and how it ends. */
final class ReconcileCommandTest {
    private static final String RECORDS = "pytorch-h200.jsonl";
    private static final String INVALID = "{\"id\": \"bad\", \"job\": {\"model\": \"tinyllama-1.1b\", \"seq\": 1}}\n";

    @TempDir
    private Path directory;

    private Path records = Path.of("");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void takeSomeMeasuredRecords() throws IOException {
        Path measured = Path.of(System.getProperty("headroom.home", ".."), "data", "measured", RECORDS);
        records = directory.resolve(RECORDS);
        try (var lines = Files.lines(measured)) {
            Files.writeString(records, lines.limit(3).map(line -> line + "\n").collect(Collectors.joining()));
        }
    }

    @Test
    void execute_table_hasErrorsAndNothingOnStderr() {
        assertThat(execute(records.toString())).isZero();
        assertThat(out.toString())
                .startsWith("Predicted against measured\n3 rows: 3 predicted, 0 unsupported, 0 invalid.\n")
                .contains("By method\n")
                .contains("Figures within the steps\n")
                .contains("backwardPeak ");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void execute_json_hasTheKeysOfTheFormat() {
        assertThat(execute(records.toString(), "--format", "json")).isZero();

        Mapping root = (Mapping) JsonReader.read(new InputText("stdout", out.toString()), new Problems());
        assertThat(keys(root)).containsExactly("schemaVersion", "rows", "summary");
        Mapping row = (Mapping) ((Sequence) value(root, "rows")).items().get(0);
        assertThat(keys(row))
                .contains("id", "file", "status", "message", "predicted", "measured", "errorRatio", "phases");
        assertThat(keys(value(row, "predicted")))
                .containsExactly("peakAllocatedBytes", "peakReservedBytes", "processBytes", "outOfMemory")
                .isEqualTo(keys(value(row, "measured")));
        assertThat(keys(value(row, "errorRatio"))).containsExactly("allocated", "reserved", "process");
        assertThat(keys(value((Mapping) value(row, "phases"), "forwardPeakBytes")))
                .containsExactly("predicted", "measured");
        Mapping summary = (Mapping) value(root, "summary");
        assertThat(keys(summary))
                .contains("rows", "ok", "unsupported", "invalid", "allocated", "reserved", "process", "outOfMemory");
        assertThat(keys(value(summary, "reserved"))).contains("median", "p90", "p95", "max", "withinTenthPercent");
        assertThat(keys(value(summary, "outOfMemory"))).containsExactly("right", "wrong");
    }

    @Test
    void execute_csvToFile_hasALineForEachRowAndLeavesStdoutEmpty() throws IOException {
        Path result = directory.resolve("errors.csv");

        assertThat(execute(records.toString(), "--format", "csv", "-o", result.toString()))
                .isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(Files.readAllLines(result)).hasSize(1 + 3).first().asString().startsWith("id,file,line,status,");
    }

    @Test
    void execute_unsupportedRow_isNoFailure() throws IOException {
        Files.writeString(records, Files.readString(records).replace("\"full\"", "\"qlora\""));

        assertThat(execute(records.toString())).isZero();
        assertThat(out.toString()).contains("1 unsupported").contains("no rule for method 'qlora' yet");
    }

    @Test
    void execute_invalidRow_comparesTheOthersAndExitsWith2() throws IOException {
        Files.writeString(records, Files.readString(records) + INVALID);

        assertThat(execute(records.toString())).isEqualTo(2);
        assertThat(out.toString()).contains("4 rows: 3 predicted, 0 unsupported, 1 invalid.");
        assertThat(err.toString()).contains(RECORDS + ":4:").contains("unknown key 'seq'");
    }

    @Test
    void execute_withoutFile_exitsWith2() {
        assertThat(execute()).isEqualTo(2);
        assertThat(err.toString()).contains("FILE");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "--kind,      llama;lama, unknown value",
        "--kind,      lama,       Maybe 'llama'?",
        "--method,    lroa,       Maybe 'lora'?",
        "--optimizer, adamww,     Maybe 'adamw'?",
        "--format,    jsn,        Maybe 'json'?",
        "--worst,     -1,         at least 0",
        "--worst,     many,       at least 0",
    })
    void execute_misspeltOption_saysWhatIsAllowed(String option, String word, String message) {
        assertThat(execute(records.toString(), option + "=" + word)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(message);
    }

    @Test
    void execute_selectionThatLeavesNothing_exitsWith2() {
        assertThat(execute(records.toString(), "--kind", "gpt2")).isEqualTo(2);
        assertThat(err.toString()).contains("no row is left");
    }

    @Test
    void execute_missingFile_exitsWith2() {
        assertThat(execute(directory.resolve("no.jsonl").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("no such file");
    }

    private int execute(String... arguments) {
        List<String> all = new ArrayList<>(List.of("reconcile"));
        all.addAll(List.of(arguments));
        return Main.run(all, InputStream.nullInputStream(), new PrintWriter(out), new PrintWriter(err));
    }

    private static Object value(Mapping mapping, String key) {
        return mapping.entry(key).orElseThrow().value();
    }

    private static List<String> keys(Object mapping) {
        return ((Mapping) mapping).entries().stream().map(Mapping.Entry::key).toList();
    }
}
