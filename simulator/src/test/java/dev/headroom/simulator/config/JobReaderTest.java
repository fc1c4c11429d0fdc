package dev.headroom.simulator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Loha;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.RankPattern;
import dev.headroom.model.method.Targets;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.method.TrainedBeside.Biases;
import dev.headroom.model.method.Vera;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job is read as it is meant, or refused with every reason, each with its place and the nearest valid word. */
final class JobReaderTest {
    private static final String MINIMAL = "model: tinyllama-1.1b\nsequenceLength: 512\n";

    @Test
    void read_everyKey_givesTheJob() {
        FineTuningJob job = TestJobs.yaml("""
                        model: tinyllama-1.1b
                        method: {name: lora, rank: 64, targets: [q_proj, v_proj], dropout: 0.1, adapterDtype: fp32}
                        microBatch: 2
                        sequenceLength: 1024
                        weightDtype: fp32
                        autocastDtype: bf16
                        attention: eager
                        checkpointing: non-reentrant
                        optimizer: sgd-momentum
                        maxGradNorm: null
                        gradientAccumulation: 4
                        trainingLoop: holds-outputs
                        paddedBatch: true
                        useCache: true
                        expandableSegments: true
                        layersOverride: 3
                        stack: {torch: 2.11.0+cu130, transformers: 5.17.0, peft: 0.21.0, cuda: "13.0"}
                        """).read();

        assertThat(job.method()).isEqualTo(new Lora(64, Targets.of("q_proj", "v_proj"), 0.1, AdapterDtype.FP32));
        assertThat(job.batch().microBatch()).isEqualTo(2);
        assertThat(job.batch().padded()).isTrue();
        assertThat(job.precision().weights()).isEqualTo(DType.FLOAT32);
        assertThat(job.precision().autocast()).contains(DType.BFLOAT16);
        assertThat(job.optimizer()).isEqualTo(OptimizerKind.SGD_MOMENTUM);
        assertThat(job.maxGradNorm()).isEmpty();
        assertThat(job.layersOverride()).hasValue(3);
        assertThat(job.stack()).isEqualTo(SoftwareStack.NEWEST);
    }

    @Test
    void read_shortFormOfMethod_isItsName() {
        assertThat(TestJobs.yaml(MINIMAL + "method: full\n").read().method()).isEqualTo(new FullFineTuning());
    }

    @Test
    void read_wrappedJob_isTheSame() {
        JobSource wrapped = TestJobs.yaml(
                "{\"job\": {\"model\": \"tinyllama-1.1b\", \"sequenceLength\": 512}, \"gpu\": \"t4\", \"reserve\": 5}");

        assertThat(wrapped.read()).isEqualTo(TestJobs.yaml(MINIMAL).read());
        assertThat(wrapped.gpuName().map(Scalar::text)).contains("t4");
        assertThat(wrapped.reservedBytes()).isEqualTo(new Bytes(5));
    }

    @Test
    void read_manyMistakes_reportsAllWithPlaces() {
        JobSource source = TestJobs.yaml("""
                model: tinyllama-1.1b
                method:
                  name: lora
                  rnak: 8
                sequenceLength: -5
                weightDtype: bf61
                optimiser: adamw
                """);

        assertThatThrownBy(source::read)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("<stdin>:4:3: unknown key 'rnak' in 'method'\nMaybe 'rank'? Known keys: ")
                .hasMessageContaining(
                        "<stdin>:5:17: 'sequenceLength' must be a whole number from 1 to 2147483647, found -5")
                .hasMessageContaining("<stdin>:6:14: unknown value 'bf61' for 'weightDtype'\nMaybe 'bf16'?")
                .hasMessageContaining("<stdin>:7:1: unknown key 'optimiser'\nMaybe 'optimizer'?");
    }

    @ParameterizedTest(name = "{0} is refused: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "microBatch: 0 | <stdin>:3:13: 'microBatch' must be a whole number from 1",
                "microBatch: 1.5 | must be a whole number from 1 to 2147483647, found 1.5",
                "microBatch: '2' | found '2'",
                "microBatch: 100000000000000000000 | found 100000000000000000000",
                "microBatch: [1, 2] | found a list",
                "microBatch: | found nothing",
                "gradientAccumulation: 1000000 | from 1 to 1024",
                "layersOverride: 0 | from 1 to 1000",
                "maxGradNorm: -1 | must be a number above 0, or none",
                "maxGradNorm: .nan | must be a number above 0, or none",
                "maxGradNorm: .inf | must be a number above 0, or none",
                "maxSplitSizeMiB: 20 | 'maxSplitSizeMiB' must be above 20, found 20",
                "memoryFraction: 1.5 | must be a number above 0 and below 1, or none",
                "garbageCollectionThreshold: 0.8 | means nothing without 'memoryFraction'",
                "paddedBatch: maybe | must be true or false, found 'maybe'",
                "attention: spda | Maybe 'sdpa'? Allowed: eager, sdpa, flash2.",
                "autocastDtype: float32 | unknown value 'float32' for 'autocastDtype'",
                "optimizer: rmsprop-8bit | unsupported: no rule for optimizer 'rmsprop-8bit' yet",
                "method: qlora | unsupported: no rule for method 'qlora' yet; supported: full, lora",
                "method: {name: full, rank: 8} | 'rank' means nothing to method 'full'",
                "method: {dropout: 1} | must be a number of at least 0 and below 1, found 1",
                "method: {targets: [q_porj]} | Maybe 'q_proj'?",
                "method: {targets: []} | 'method.targets' must be a list of layers",
                "method: [lora] | 'method' must be a name or a mapping, found a list",
                "rank: 8 | Maybe under 'method', as 'method.rank'?",
                "seq: 8 | Maybe 'sequenceLength'? That is the key of --seq.",
                "quantization: {kind: int8, doubleQuant: true} | 'doubleQuant' means nothing to int8",
                "quantization: {upcast: norms} | 'upcast' means nothing without quantization",
                "quantization: {kind: nf5} | Maybe 'nf4'?",
                "quantization: {doubleQuant: true} | means nothing without quantization",
                "stack: {torhc: 2.1} | Maybe 'torch'?",
                "stack: torch | 'stack' must name versions",
                "parallelism: {kind: fsdp2} | unsupported: no rule for parallelism of kind 'fsdp2' yet",
                "microBatch: !!int 3 | tags (tag:yaml.org,2002:int) are not read",
                "model: other | duplicate key 'model', first given at <stdin>:1:1",
            })
    void read_wrongValue_isRefused(String line, String message) {
        assertThatThrownBy(() -> TestJobs.yaml(MINIMAL + line + "\n").read())
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void read_nothingButBraces_namesWhatIsMissing() {
        assertThatThrownBy(() -> TestJobs.yaml("{}").read())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("'model' is missing")
                .hasMessageContaining("'sequenceLength' is missing");
    }

    @Test
    void withMethod_keysOfTheOldMethod_areLeftOut() {
        JobSource lora = TestJobs.yaml(MINIMAL + "method: {name: lora, rank: 8}\n");

        FineTuningJob full =
                lora.withMethod(Scalar.ofOption("--method", "full")).read();

        assertThat(full.method()).isEqualTo(new FullFineTuning());
    }

    @Test
    void with_option_winsOverTheFile() {
        JobSource source = TestJobs.yaml(MINIMAL + "method: lora\n").with(JobKey.RANK, Scalar.ofOption("--rank", "4"));

        assertThat(source.read().method()).isEqualTo(new Lora(4, Targets.ALL_LINEAR, 0, AdapterDtype.AUTO));
        assertThat(source.placeOf("method.rank").toString()).isEqualTo("--rank");
    }

    @ParameterizedTest(name = "{0} is {1} B")
    @CsvSource({"0, 0", "1024, 1024", "2GiB, 2147483648", "1.5 GB, 1500000000", "3 kB, 3000", "0.1 KiB, 103"})
    void reservedBytes_withUnits_areBytes(String text, long bytes) {
        assertThat(JobSource.empty()
                        .withReserve(Scalar.ofOption("--reserve", text))
                        .reservedBytes())
                .isEqualTo(new Bytes(bytes));
    }

    @ParameterizedTest(name = "{0} is refused")
    @CsvSource({"-1", "x", "1.5", "2 TiBs", "99999999999999999999", "GiB"})
    void reservedBytes_noBytes_areRefused(String text) {
        JobSource source = JobSource.empty().withReserve(Scalar.ofOption("--reserve", text));

        assertThatThrownBy(source::reservedBytes)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("--reserve: 'reserve' must be a number of bytes");
    }

    @Test
    void method_optionsLeftOut_takeTheDefaultsOfTheMethod() {
        assertThat(TestJobs.yaml(MINIMAL + "method: vera\n").read().method())
                .isEqualTo(new Vera(256, Targets.of("attention-qv"), 0));
        assertThat(TestJobs.yaml(MINIMAL + "method: loha\n").read().method())
                .isEqualTo(new Loha(8, Targets.ALL_LINEAR));
    }

    @Test
    void method_whatTrainsBesideTheAdapters_isRead() {
        assertThat(TestJobs.yaml(MINIMAL + "method: {name: lora, bias: all, modulesToSave: [embed_tokens, lm_head]}\n")
                        .read()
                        .method())
                .isEqualTo(new Lora(
                        16,
                        Targets.ALL_LINEAR,
                        0,
                        AdapterDtype.AUTO,
                        new TrainedBeside(Biases.ALL, List.of("embed_tokens", "lm_head")),
                        RankPattern.NONE));
    }

    @Test
    void method_ofPeftWithoutRules_isRefusedByName() {
        JobSource source = TestJobs.yaml(MINIMAL + "method: {name: fourierft, rank: 8}\n");

        assertThatThrownBy(source::read)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no rule for method 'fourierft' yet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "method: {name: lora, rankPattern: {down_proj: 4, layers.1.self_attn.q_proj: 64}}",
                "method: {name: lora, rankPattern: 'down_proj=4, layers.1.self_attn.q_proj=64'}"
            })
    void method_ranksOfSingleLayers_areRead(String method) {
        Method read = TestJobs.yaml(MINIMAL + method + "\n").read().method();

        assertThat(((Lora) read).ranks().ranks())
                .containsExactly(Map.entry("down_proj", 4), Map.entry("layers.1.self_attn.q_proj", 64));
    }

    @Test
    void method_wrongRanksOfSingleLayers_areAllReported() {
        JobSource source = TestJobs.yaml(MINIMAL + "method: {name: lora, rankPattern: {down_proj: 0, 'q_(proj': 4}}\n");

        assertThatThrownBy(source::read)
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "rank of 'down_proj' in 'method.rankPattern' must be a whole number of at least 1")
                .hasMessageContaining("key 'q_(proj' of 'method.rankPattern' is no regular expression");
    }
}
