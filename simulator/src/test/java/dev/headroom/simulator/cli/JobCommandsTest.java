package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.Golden;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimating, comparing and explaining from the command line: what is printed where, and with which exit code. */
final class JobCommandsTest {
    private static final String JOB = "--model tinyllama-1.1b --layers 2 --weights fp32 --attention eager --batch 2"
            + " --rank 64 --dropout 0.1 --loop holds-outputs --gpu a100-80gb";

    @TempDir
    private Path directory;

    private static CliRun run(String command) {
        CliRun run = CliRun.of(command.split(" ", -1));
        assertThat(run.err()).isEmpty();
        return run;
    }

    private static Mapping json(String text) {
        Problems problems = new Problems();
        Mapping mapping = (Mapping) JsonReader.read(new InputText("stdout", text), problems);
        assertThat(problems.isEmpty()).isTrue();
        return mapping;
    }

    private static @Nullable Object value(Mapping mapping, String key) {
        return mapping.entry(key).orElseThrow().value().toJava();
    }

    @ParameterizedTest(name = "{index}")
    @ValueSource(strings = {"", " --expandable-segments", " --max-split-size-mb 32"})
    void explainSegments_anyAllocator_holdWhatTheEstimateSays(String settings) {
        String job = JOB + " --seq 512 --format json" + settings;
        Mapping estimate = json(run("estimate " + job).out());
        Mapping map = json(run("explain --segments " + job).out());

        long used = 0;
        long blocks = 0;
        for (var node : ((Sequence) map.entry("segments").orElseThrow().value()).items()) {
            Mapping segment = (Mapping) node;
            used += ((Number) Objects.requireNonNull(value(segment, "usedBytes"))).longValue();
            for (var block : ((Sequence) segment.entry("blocks").orElseThrow().value()).items()) {
                if (((Mapping) block).entry("category").isPresent()) {
                    blocks += ((Number) Objects.requireNonNull(value((Mapping) block, "bytes"))).longValue();
                }
            }
        }
        assertThat(used).isEqualTo(blocks);
        assertThat(used)
                .isEqualTo(((Number) Objects.requireNonNull(value(estimate, "peakAllocatedBytes"))).longValue());
    }

    @Test
    void explainSegments_withARow_isRefused() {
        CliRun run = CliRun.of(("explain savedActivations --segments " + JOB + " --seq 512").split(" ", -1));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("'savedActivations' has no map of segments");
    }

    @Tag("golden")
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"table", "json", "csv", "markdown"})
    void estimateCompareAndExplain_everyFormat_areTheGoldenOutput(String format) {
        String ending = "." + format + ".txt";
        Golden.check(
                Golden.besideTests("cli/estimate" + ending),
                run("estimate " + JOB + " --seq 512 --format " + format).out());
        Golden.check(
                Golden.besideTests("cli/compare" + ending),
                run("compare " + JOB + " --seqs 512,1024,2048 --unit GB --format " + format)
                        .out());
        Golden.check(
                Golden.besideTests("cli/explain" + ending),
                run("explain " + JOB + " --seq 512 --format " + format).out());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"estimate --seq 512", "compare --seqs 512,4096", "explain --seq 512"})
    void table_everyCommand_fits80Columns(String command) {
        assertThat(run(command + " " + JOB).out().lines())
                .allSatisfy(line -> assertThat(line)
                        .satisfiesAnyOf(
                                text -> assertThat(text).hasSizeLessThanOrEqualTo(80),
                                // A word that cannot be broken.
                                text -> assertThat(text.strip()).doesNotContain(" ")));
    }

    @Test
    void estimate_jobThatFits_exitsWith0AndTheVerdictFirst() {
        CliRun run = run("estimate " + JOB + " --seq 128");

        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("FITS a100-80gb: needs ");
    }

    @Test
    void estimate_jobThatDoesNotFit_exitsWith3AndPrintsTheEstimate() {
        CliRun run = run("estimate --model llama-3.1-8b --method full --seq 512 --gpu t4 --weights fp16");

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.out()).startsWith("DOES NOT FIT t4: needs ").contains("allocated");
    }

    @Test
    void estimate_reserveTakesTheRest_exitsWith3() {
        assertThat(run("estimate " + JOB + " --seq 128 --reserve 79.9GiB").code())
                .isEqualTo(3);
    }

    @Test
    void estimate_withoutCard_exitsWith0WithoutVerdict() {
        CliRun run = run("estimate --model tinyllama-1.1b --layers 2 --seq 64 --format json");

        assertThat(run.code()).isZero();
        assertThat(value(json(run.out()), "verdict")).isNull();
    }

    @Test
    void estimate_fileAndStdinAndOptions_giveTheSame() throws IOException {
        String yaml = """
                model: tinyllama-1.1b
                method: {name: lora, rank: 64, dropout: 0.1}
                microBatch: 2
                sequenceLength: 128
                weightDtype: float32
                attention: eager
                trainingLoop: holds-outputs
                layersOverride: 2
                gpu: a100-80gb
                """;
        Path file = Files.writeString(directory.resolve("job.yaml"), yaml);
        String expected = run("estimate " + JOB + " --seq 128").out();

        assertThat(CliRun.of("estimate", file.toString()).out()).isEqualTo(expected);
        assertThat(CliRun.withInput(yaml, "estimate", "-").out()).isEqualTo(expected);
        assertThat(CliRun.withInput(yaml.replace("rank: 64", "rank: 1"), "estimate", "-", "--rank", "64")
                        .out())
                .isEqualTo(expected);
    }

    @Test
    void estimate_json_isReadableAndAddsUp() {
        Mapping estimate =
                json(run("estimate " + JOB + " --seq 128 --format json").out());
        long sum = 0;
        for (var row : ((Sequence) estimate.entry("breakdown").orElseThrow().value()).items()) {
            sum += ((Number) Objects.requireNonNull(value((Mapping) row, "bytes"))).longValue();
        }

        assertThat(sum).isEqualTo(value(estimate, "processBytes"));
    }

    @Test
    void compare_unsupportedMethod_isACellAndExits0() {
        CliRun run = run("compare " + JOB + " --methods full,lora,qlora --seqs 64,128 --format json");
        List<Object> statuses = ((Sequence)
                        json(run.out()).entry("cells").orElseThrow().value())
                .items().stream().map(cell -> value((Mapping) cell, "status")).toList();

        assertThat(run.code()).isZero();
        assertThat(statuses).containsExactly("ok", "ok", "unsupported", "ok", "ok", "unsupported");
    }

    @Test
    void compare_nothingFits_exitsWith0() {
        CliRun run = run("compare --model llama-3.1-8b --seqs 512 --gpu t4 --weights fp16 --methods full");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("OOM");
    }

    @Test
    void compare_cell_isWhatEstimateSays() {
        Mapping estimate =
                json(run("estimate " + JOB + " --seq 256 --format json").out());
        Sequence cells = (Sequence)
                json(run("compare " + JOB + " --seqs 256 --format json").out())
                        .entry("cells")
                        .orElseThrow()
                        .value();
        Mapping lora = (Mapping) cells.items().get(1);

        for (String key : List.of(
                "peakAllocatedBytes",
                "peakReservedBytes",
                "processBytes",
                "parametersBytes",
                "gradientsBytes",
                "optimizerBytes",
                "activationsBytes",
                "otherBytes")) {
            assertThat(value(lora, key)).as(key).isEqualTo(value(estimate, key));
        }
    }

    @Test
    void explain_oneRow_isThatRowAlone() {
        CliRun run = run("explain " + JOB + " --seq 128 savedActivations");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("savedActivations: ").doesNotContain("processOverhead: ");
    }

    @Test
    void explain_unknownRow_namesTheNearest() {
        CliRun run = CliRun.of(("explain " + JOB + " --seq 128 savedActivatons").split(" ", -1));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("Maybe 'savedActivations'?").doesNotContain("\tat ");
    }

    @Test
    void estimate_sizesBeyondEveryNumber_areRefused() {
        CliRun run = CliRun.of("estimate --model tinyllama-1.1b --seq 2147483647 --batch 2147483647".split(" ", -1));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("a size exceeds 2^63 bytes").doesNotContain("\tat ");
    }
}
