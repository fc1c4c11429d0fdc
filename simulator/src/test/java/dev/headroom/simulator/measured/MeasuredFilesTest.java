package dev.headroom.simulator.measured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.program.Figure;
import dev.headroom.simulator.input.InputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A record is read for what it says, and a line that is no record costs no other line. */
final class MeasuredFilesTest {
    private static final InputStream NOTHING = InputStream.nullInputStream();

    @TempDir
    private Path directory;

    @Test
    void read_record_keepsFiguresAndPlace() throws IOException {
        MeasuredRun run = read("""

                {"id": "a1", "job": {"model": "m"}, "gpu": {"name": "NVIDIA H200"}, "outOfMemory": false, "unused": [1],
                """.stripTrailing() + """
                 "peakAllocatedBytes": 3, "processBytes": 7, "afterLoadBytes": 1,\
                 "steps": [{"startBytes": 1, "clipPeakBytes": 2}]}
                """).get(0);

        assertThat(run.problems()).isEmpty();
        assertThat(run.id()).isEqualTo("a1");
        assertThat(run.place().line()).isEqualTo(2);
        assertThat(run.gpu()).hasValueSatisfying(name -> assertThat(name.text()).isEqualTo("NVIDIA H200"));
        assertThat(run.figures().answers()).isEqualTo(Map.of(Answer.ALLOCATED, 3L, Answer.PROCESS, 7L));
        assertThat(run.figures().outOfMemory()).contains(false);
        assertThat(run.figures().afterLoad()).contains(1L);
        assertThat(run.figures().steps()).isEqualTo(List.of(Map.of(Figure.START, 1L, Figure.CLIP_PEAK, 2L)));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{broken                                       | :2:2: no valid JSON",
                "[1, 2]                                        | :2:1: must be a record in braces, found a list",
                "{\"id\": \"x\"}                               | :2:1: 'job' is missing",
                "{\"job\": 3}                                  | :2:9: 'job' must be an object, found 3",
                "{\"job\": {}, \"processBytes\": -1}           | :2:29: 'processBytes' must be a whole number of bytes, found -1",
                "{\"job\": {}, \"processBytes\": 1.5}          | :2:29: 'processBytes' must be a whole number of bytes, found 1.5",
                "{\"job\": {}, \"outOfMemory\": \"no\"}        | :2:28: 'outOfMemory' must be true or false, found 'no'",
                "{\"job\": {}, \"steps\": [7]}                 | :2:23: must be the figures of a step, found 7",
                "{\"job\": {}, \"job\": {}}                    | :2:13: duplicate key 'job'",
            })
    void read_lineThatIsNoRecord_isARowThatSaysWhere(String line, String problem) throws IOException {
        List<MeasuredRun> runs = read("{\"job\": {}}\n" + line + "\n{\"job\": {}}\n");

        assertThat(runs).hasSize(3);
        assertThat(runs.get(0).problems()).isEmpty();
        assertThat(runs.get(1).problems()).hasSize(1);
        assertThat(runs.get(1).problems().get(0).toString()).contains(problem);
        assertThat(runs.get(2).problems()).isEmpty();
    }

    @Test
    void read_directory_holdsItsFilesInOrderAndEachOnce() throws IOException {
        Files.createDirectory(directory.resolve("below"));
        Files.writeString(directory.resolve("b.jsonl"), "{\"id\": \"b\", \"job\": {}}");
        Files.writeString(directory.resolve("below/a.jsonl"), "{\"id\": \"a\", \"job\": {}}");
        Files.writeString(directory.resolve("notes.txt"), "no record");

        List<MeasuredRun> runs = MeasuredFiles.read(
                List.of(directory.toString(), directory.resolve("b.jsonl").toString()), NOTHING);

        assertThat(runs).extracting(MeasuredRun::id).containsExactly("b", "a");
    }

    @Test
    void read_hyphen_isStandardInput() throws IOException {
        InputStream stream = new ByteArrayInputStream("{\"job\": {}}".getBytes(StandardCharsets.UTF_8));

        assertThat(MeasuredFiles.read(List.of("-"), stream))
                .extracting(MeasuredRun::id)
                .containsExactly("<stdin>:1");
    }

    @Test
    void read_missingFile_namesTheNearest() throws IOException {
        Files.writeString(directory.resolve("runs.jsonl"), "{}");
        String name = directory.resolve("run.jsonl").toString();

        assertThatThrownBy(() -> MeasuredFiles.read(List.of(name), NOTHING))
                .isInstanceOf(InputException.class)
                .hasMessage(name + ": no such file\nMaybe 'runs.jsonl'?");
    }

    @Test
    void read_emptyFile_isRefused() {
        assertThatThrownBy(() -> read("\n\n"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds no record of a run");
    }

    private List<MeasuredRun> read(String lines) throws IOException {
        Path file = directory.resolve("lines.jsonl");
        Files.writeString(file, lines);
        return MeasuredFiles.read(List.of(file.toString()), NOTHING);
    }
}
