package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that ask more than one job: what they print, write and refuse. */
final class WhatIfCommandsTest {
    private static final String SMALL = "--model tinyllama-1.1b --layers 2 ";

    @TempDir
    private Path directory;

    private static CliRun run(String command) {
        return CliRun.of(command.split(" "));
    }

    private static void assertRefused(CliRun run, String message) {
        assertThat(run.err()).contains(message).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }

    @Tag("golden")
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sweep-csv | sweep --model tinyllama-1.1b --layers 2 --seqs 128..512..128 --batches 1,2 --ranks 8,300 --gpu rtx-3060-12gb",
                "sweep-jsonl | sweep --model tinyllama-1.1b --layers 2 --seq 128..256..128 --gpus h100-80gb,t4 --format jsonl --reading replay",
                "solve-seq | solve --model tinyllama-1.1b --max seq --gpu rtx-3060-12gb",
                "solve-smallest-json | solve --model tinyllama-1.1b --seq 2048 --smallest-gpu --gpus t4,a10,rtx-4090 --format json",
                "solve-crossover | solve --model tinyllama-1.1b --layers 2 --crossover full --below 20%",
                "advise | advise --model tinyllama-1.1b --layers 11 --seq 4096 --batch 4 --gpu rtx-3060-12gb",
                "advise-json | advise --model tinyllama-1.1b --layers 2 --seq 512 --gpu rtx-3060-12gb --format json",
                "diff | diff --model tinyllama-1.1b --seq 1024 --with attention=eager",
                "diff-csv | diff --model tinyllama-1.1b --layers 2 --seq 512 --with method=full --format csv",
                "k8s | estimate --model tinyllama-1.1b --seq 1024 --format k8s --reserve 1GiB --gpus h100-80gb,h100-80gb-mig-1g.10gb,a100-80gb",
                "k8s-several-names | estimate --model llama-3.1-8b --seq 1024 --format k8s --gpu a100-80gb",
                "timeline | explain --model tinyllama-1.1b --layers 3 --seq 512 --timeline",
            })
    void run_eachCommand_printsWhatIsExpected(String name, String command) {
        CliRun run = run(command);

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        Golden.check(Golden.besideTests("cli/whatif/" + name + ".txt"), run.out());
    }

    @Test
    void sweep_fileWithAxes_isTheSameAsOptions() throws IOException {
        Path file = Files.writeString(directory.resolve("sweep.yaml"), """
                job:
                  model: tinyllama-1.1b
                  layersOverride: 2
                gpu: rtx-3060-12gb
                axes:
                  sequenceLength: 128..512..128
                  microBatch: [1, 2]
                  method.name: [full, lora]
                where:
                  - microBatch * sequenceLength <= 512
                """);

        CliRun ofFile = CliRun.of("sweep", file.toString());
        CliRun ofOptions = CliRun.of(
                "sweep",
                "--model",
                "tinyllama-1.1b",
                "--layers",
                "2",
                "--gpu",
                "rtx-3060-12gb",
                "--seqs",
                "128..512..128",
                "--batches",
                "1,2",
                "--methods",
                "full,lora",
                "--where",
                "batch * seq <= 512");

        assertThat(ofFile.code()).isZero();
        assertThat(ofFile.out().lines().skip(1).sorted().toList()).hasSize(12);
        assertThat(ofFile.out().lines().filter(line -> line.contains("full")).count())
                .isEqualTo(6);
        assertThat(ofOptions.out().lines().count())
                .isEqualTo(ofFile.out().lines().count());
    }

    @Test
    void sweep_output_goesToTheFileAndNothingToStdout() throws IOException {
        Path file = directory.resolve("rows.csv");

        CliRun run = run("sweep " + SMALL + "--seqs 1..100 -o " + file + " --progress");

        assertThat(run.code()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("100 of 100 (100 %)", "/s,", "left");
        assertThat(Files.readAllLines(file)).hasSize(101);
    }

    @Test
    void sweep_withoutTerminal_isSilentAboutProgress() {
        assertThat(run("sweep " + SMALL + "--seqs 1..10").err()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sweep --seqs 1..4 | 'model' is missing",
                "sweep --model tinylama-1.1b --seqs 1..4 | Maybe 'tinyllama-1.1b'?",
                "sweep --model tinyllama-1.1b | 'sequenceLength' is missing",
                "sweep --model tinyllama-1.1b --seqs 9..1 | --seq: '9..1' is empty",
                "sweep --model tinyllama-1.1b --seqs 1..2 --where bacth<4 | --where: 'bacth<4': unknown key 'bacth'",
                "sweep --model tinyllama-1.1b --seqs 1..2 --vary sqe=1,2 | --vary: unknown key 'sqe'",
                "sweep --model tinyllama-1.1b --seqs 1..2 --vary seq=1,2 | 'sequenceLength' varies already",
                "sweep --model tinyllama-1.1b --seqs 1..2 --reading analytical | Maybe 'analytic'?",
                "sweep --model tinyllama-1.1b --seqs 1..2 --format json | Maybe 'jsonl'? Allowed: csv, jsonl.",
                "sweep --model tinyllama-1.1b --seqs 1..2 --gpu h20 | Maybe 'h200'?",
                "sweep --model tinyllama-1.1b --seqs 1..2 --weights fp23 | Maybe 'fp32'?",
                "solve --model tinyllama-1.1b --seq 8 | solve: solve for what?",
                "solve --model tinyllama-1.1b --seq 8 --smallest-gpu --max seq | one question at a time",
                "solve --model tinyllama-1.1b --max sqe --gpu h200 | --max: unknown value 'sqe'\\nMaybe 'seq'?",
                "solve --model tinyllama-1.1b --max seq | a card is needed",
                "solve --model tinyllama-1.1b --max seq --gpu h20 | Maybe 'h200'?",
                "solve --model tinyllama-1.1b --seq 8 --smallest-gpu --gpus h20,t5 | --gpus: unknown GPU 't5'",
                "solve --model tinyllama-1.1b --crossover full --below 200% | --below: must be a share",
                "solve --model tinyllama-1.1b --crossover fulll | Maybe 'full'?",
                "solve --model tinyllama-1.1b --crossover full --up-to x | --up-to: must be a whole number",
                "advise --model mamba --seq 8 | unknown model 'mamba'",
                "advise --model tinyllama-1.1b --seq 8 --rank 1000 --gpu h200 | 1000 is larger than the matrix",
                "diff --model tinyllama-1.1b --seq 8 | diff: there is only one job",
                "diff --model tinyllama-1.1b --seq 8 --with rnak=4 | --with: unknown key 'rnak'\\nMaybe 'rank'?",
                "diff --model tinyllama-1.1b --seq 8 --with rank=1000 | 1000 is larger than the matrix",
                "estimate --model tinyllama-1.1b --seq 8 --gpus h100-80gb | --gpus: means something with --format k8s only",
                "estimate --model tinyllama-1.1b --seq 8 --format k8s --gpus h101-80gb | Maybe 'h100-80gb'?",
                "explain --model tinyllama-1.1b --seq 8 --timeline norm | ROW: 'norm' has no timeline",
            })
    void run_wrongInput_isRefused(String command, String message) {
        assertRefused(run(command), message.replace("\\n", "\n"));
    }

    @Test
    void sweep_mistakesOfAFile_areAllShownWithTheirPlaces() throws IOException {
        Path file = Files.writeString(directory.resolve("sweep.yaml"), """
                model: tinyllama-1.1b
                axes:
                  sequenceLenght: 1..4
                  microBatch: 4..1
                where: microBatch
                reading: fast
                """);

        CliRun run = CliRun.of("sweep", file.toString());

        assertRefused(run, file + ":3:3: unknown axis 'sequenceLenght'\nMaybe 'sequenceLength'?");
        assertThat(run.err())
                .contains(":4:15: '4..1' is empty", ":5:8: 'microBatch' compares nothing", ":6:10: unknown reading");
    }

    @Test
    void solve_nothingFits_endsWithThree() {
        CliRun run = run("solve --model llama-3.1-8b --max seq --gpu rtx-3060-12gb");

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.out()).contains("NOTHING FITS rtx-3060-12gb");
    }

    @Test
    void advise_nothingHelps_endsWithThree() {
        CliRun run = run("advise --model mistral-7b --layers 8 --seq 65536 --gpu a100-40gb-mig-1g.5gb");

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.out()).contains("Nothing Headroom has rules for makes it fit");
    }

    @Test
    void help_eachCommand_endsWithExamples() {
        for (String command : List.of("sweep", "solve", "advise", "diff")) {
            assertThat(run(command + " --help").out()).contains("Examples:", "  headroom " + command);
        }
    }
}
