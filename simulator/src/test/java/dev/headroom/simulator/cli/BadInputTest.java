package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wrong input ends with exit code 2 and a message on stderr: where, what, the nearest valid word; no stack trace. */
final class BadInputTest {
    private static final String JOB = "estimate --model tinyllama-1.1b --seq 512 ";

    @TempDir
    private Path directory;

    private static void assertRefused(CliRun run, String message) {
        assertThat(run.err()).contains(message).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "estmate | unknown command 'estmate'\\nMaybe 'estimate'?",
                "estimate --modle x --seq 1 | unknown option '--modle'\\nMaybe '--model'?",
                "estimate --model tinylama-1.1b --seq 1 | --model: unknown model 'tinylama-1.1b'\\nMaybe 'tinyllama-1.1b'?",
                "estimate --seq 1 | 'model' is missing\\nGive it in the job file or as --model ID",
                "estimate --model tinyllama-1.1b | 'sequenceLength' is missing",
                "estimate --model gpt-oss-20b --seq 8 | Transformers refuses sdpa for gpt_oss",
                "estimate --model gpt-oss-20b --seq 8 --layers 25 --attention eager | no rule yet for gpt_oss with these kinds of layers (layer_types)",
                "estimate --model deepseek-v3 --seq 8 --layers 2 --targets mlp | 'mlp' names nothing that lora can adapt in deepseek-v3",
                "estimate --model deepseek-v3 --seq 8 --method bitfit | deepseek-v3 has no biases to train",
                "estimate --model tinyllama-1.1b --seq 8 --layers 2 --method last-layers --trained-layers 3 | --trained-layers: 'method.trainedLayers': 3 layers are to train, and tinyllama-1.1b has 2",
                "estimate --model none.json --seq 8 | none.json: no such file",
                "models shwo x | Maybe 'show'?",
                "models show llama-3.1-8bb | Maybe 'llama-3.1-8b'?",
                "models show | needs the id of an entry",
                "models list x | takes no id, found 'x'",
                "gpus show h20 | Maybe 'h200'?",
                "compare --model tinyllama-1.1b | --seqs: is missing",
                "compare --model tinyllama-1.1b --seqs 0 | --seqs: must be whole numbers from 1",
                "compare --model tinyllama-1.1b --seqs 9..1 | '9..1' is empty: 1 is less than 9",
                "compare --model tinyllama-1.1b --seqs 1..2147483647 | has too many numbers; at most 1000",
                "compare --model tinyllama-1.1b --seqs 1..5..0 | must be whole numbers from 1",
                "compare --model tinyllama-1.1b --seqs 1..2..3..4 | Write a,b,c or from..to",
                "compare --model tinyllama-1.1b --seqs 8 --methods full,lroa | --methods: unknown value 'lroa'",
                "compare --model tinyllama-1.1b --seq 8 | Maybe '--seqs'?",
                "compare --model tinyllama-1.1b --seqs 8 --methods qlora | unsupported: no rule for method 'qlora' yet",
                "estimate a.yaml b.yaml | unknown argument 'b.yaml'",
                "estimate --rank | '--rank'",
            })
    void run_wrongCommand_isRefused(String command, String message) {
        assertRefused(CliRun.of(command.split(" ")), message.replace("\\n", "\n"));
    }

    @ParameterizedTest(name = "estimate … {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--gpu a100-80g | --gpu: unknown GPU 'a100-80g'\\nMaybe 'a100-80gb'?",
                "--gpu a100 | Maybe 'a100-40gb'?",
                "--method loar | --method: unknown value 'loar' for 'method.name'\\nMaybe 'lora'? Allowed: full, lora",
                "--weights fp23 | Maybe 'fp32'?",
                "--autocast fp8 | --autocast: unknown value 'fp8'",
                "--batch -1 | --batch: 'microBatch' must be a whole number from 1 to 2147483647, found '-1'",
                "--batch 0 | found '0'",
                "--batch 100000000000000000000 | found '100000000000000000000'",
                "--batch 2147483648 | found '2147483648'",
                "--layers 0 | --layers: 'layersOverride'",
                "--rank 1000 | --rank: 'method.rank': 1000 is larger than the matrix it adapts: k_proj is 256×2048, so at most 256",
                "--method full --rank 8 | --rank: 'rank' means nothing to method 'full'",
                "--dropout 1 | at least 0 and below 1, found '1'",
                "--dropout NaN | found 'NaN'",
                "--clip 0 | above 0, or none",
                "--reserve -5 | --reserve: 'reserve' must be a number of bytes, found '-5'",
                "--format jsn | --format: unknown value 'jsn'\\nMaybe 'json'? Allowed: table, json, csv, markdown.",
                "--unit MiB | --unit: unknown value 'MiB'",
                "--color maybe | --color: unknown value 'maybe'",
                "--attention flash2 --weights fp32 | --attention: 'attention': flash2 needs 16-bit weights or autocast",
                "--stack transformers=4.44 | --stack: unsupported: 'stack': no rule for what models did around sdpa",
                "--stack transformers=4.40 | --stack: unsupported: 'stack': no rules for torch=2.11,transformers=4.40",
                "--quantize gptq4 | --quantize: unsupported: 'quantization.kind': no rule for gptq4 in another type than float16",
                "--quantize int8 --stack bitsandbytes=0.43 | --quantize: unsupported: 'quantization.kind': no rule for int8 before bitsandbytes 0.45",
                "--loss chunked --method prompt-tuning | --loss: unsupported: 'lossKernel': no rule for the loss 'chunked' with virtual tokens",
                "--loss chunked --method lora --modules-to-save lm_head | --loss: unsupported: 'lossKernel': no rule for the loss 'chunked' with a copy of the head",
                "--checkpoint-offload | --checkpoint-offload: 'checkpointOffload': means nothing without checkpointing",
                "--checkpoint-every 2 | --checkpoint-every: 'checkpointEvery': means nothing without checkpointing",
                "--checkpointing reentrant --checkpoint-every 2 --use-cache | --checkpoint-every: unsupported: 'checkpointEvery': no rule for a key-value cache",
                "--mlp-tiles 0 | --mlp-tiles: 'mlpTiles' must be a whole number from 1 to 4096, found '0'",
                "--mlp-tiles 4 --quantize nf4 | --mlp-tiles: unsupported: 'mlpTiles': no rule for tiled MLPs of quantized weights",
                "--mlp-tiles 4 --method oft | --mlp-tiles: unsupported: 'mlpTiles': no rule for tiled MLPs with oft",
                "--mlp-tiles 4 --targets mlp | --mlp-tiles: 'mlpTiles': the first layer's adapters would get no gradient",
                "--runtime samediff --mlp-tiles 4 | samediff has no tiled MLP",
                "--quantize nf4 --method full | --method: 'method.name': full trains weights that quantization makes untrainable",
                "--quantize nf4 --method dora | --method: unsupported: 'method.name': no rule for dora on quantized layers yet",
                "--quantize nf4 --stack bitsandbytes=0.45 | --stack: unsupported: 'stack': no rules for bitsandbytes 0.45",
                "--runtime samediff --checkpointing reentrant | samediff cannot recompute activations",
                "--runtime samediff --attention sdpa | --attention: unsupported: 'attention': samediff has no 'sdpa'",
                "--loop closes-arrays | --loop: 'trainingLoop': 'closes-arrays' is a loop of samediff",
                "--stack torch=1.0 | --stack: unsupported: 'stack': no rules for torch=1.0",
                "--stack tortch=2.11 | Maybe 'torch'?",
            })
    void estimate_wrongOption_isRefused(String option, String message) {
        assertRefused(CliRun.of((JOB + option).split(" ")), message.replace("\\n", "\n"));
    }

    @Test
    void estimate_mistakesEverywhere_areReportedTogether() {
        CliRun run = CliRun.of("estimate", "--model", "llama", "--seq", "0", "--gpu", "a10gg", "--reserve", "x");

        assertRefused(run, "--seq: ");
        assertThat(run.err()).contains("--model: ", "--gpu: unknown GPU 'a10gg'\nMaybe 'a10g'?", "--reserve: ");
    }

    @Test
    void estimate_mistakeInFile_isShownWithItsPlace() throws IOException {
        Path file = Files.writeString(directory.resolve("job.yaml"), """
                model: tinyllama-1.1b
                sequenceLength: 512
                method:
                  rnak: 8
                  rank: 1000
                """);

        assertRefused(
                CliRun.of("estimate", file.toString()), file + ":4:3: unknown key 'rnak' in 'method'\nMaybe 'rank'?");
        Files.writeString(file, Files.readString(file).replace("  rnak: 8\n", ""));
        assertRefused(CliRun.of("estimate", file.toString()), file + ":4:9: 'method.rank': 1000 is larger than");
    }

    @Test
    void estimate_emptyInput_isRefused() {
        assertRefused(CliRun.withInput("", "estimate", "-"), "<stdin>: is empty");
    }

    @Test
    void estimate_configOfOtherArchitecture_isRefusedByName() throws IOException {
        Path config = Files.writeString(directory.resolve("config.json"), "{\n  \"model_type\": \"mamba\"\n}\n");

        assertRefused(
                CliRun.of("estimate", "--model", directory.toString(), "--seq", "8"),
                config + ":2:17: unsupported: no rule for the forward pass of architecture 'mamba' yet; supported: ");
    }

    @Test
    void estimate_modelIsNoFileName_isRefused() {
        assertRefused(
                CliRun.withInput("model: \"a\\0b.json\"\nsequenceLength: 4\n", "estimate", "-"),
                "'model' is no name of a file");
        assertRefused(
                CliRun.of("estimate", "--model", directory.toString(), "--seq", "4"),
                directory + ": is a directory without a config.json");
    }

    @Test
    void estimate_outputIsDirectory_isRefused() {
        assertRefused(
                CliRun.of("gpus", "-o", directory.toString()), directory + ": cannot be written: it is a directory");
    }

    @Test
    void estimate_outputInMissingDirectory_isRefused() {
        String file = directory.resolve("none").resolve("x.json").toString();

        assertRefused(CliRun.of("gpus", "-o", file), file + ": cannot be written: its directory does not exist");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"model\": 1,, | :1:13: no valid JSON: Unexpected character (',' (code 44))",
                "{\"model\": \"x\" | :1:14: no valid JSON: Unexpected end-of-input: expected close marker for Object of line 1, column 1",
                "[1] | :1:1: must be a mapping of keys to values, found a list",
                "{\"model_type\": \"lama\"} | :1:16: unsupported: no rule for the forward pass of architecture 'lama' yet",
                "{\"hidden_size\": 4} | :1:1: 'model_type': is missing",
            })
    void estimate_brokenConfig_isShownWithItsPlace(String text, String message) throws IOException {
        Path config = Files.writeString(directory.resolve("config.json"), text);

        assertRefused(CliRun.of("estimate", "--model", config.toString(), "--seq", "8"), config + message);
    }

    /** Sparse, so it takes no space; it is refused by its size, so it takes no time. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "estimate --seq 8 --model | at most 4 MiB are read",
                "estimate | at most 1 MiB are read",
                "reconcile | at most 64 MiB are read",
            })
    void run_fileOfTwoGigabytes_isRefusedUnread(String command, String message) throws IOException {
        Path file = directory.resolve("large.json");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(1L << 31);
        }

        assertRefused(CliRun.of((command + " " + file).split(" ")), "is too large: 2048.0 MiB; " + message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"estimate", "reconcile", "estimate --seq 8 --model"})
    void run_binaryFile_isRefused(String command) throws IOException {
        Path file = Files.write(directory.resolve("weights.json"), new byte[] {'{', (byte) 0x88, 0, 1});

        assertRefused(CliRun.of((command + " " + file).split(" ")), "is no UTF-8 text: byte 0x88 at offset 1");
    }

    @Test
    void run_withoutCommand_showsHelpOnStderr() {
        CliRun run = CliRun.of();

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("Usage: headroom");
    }
}
