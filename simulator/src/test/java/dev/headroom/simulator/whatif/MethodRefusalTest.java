package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Place;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Methods that a model, or a job's other settings, cannot have. */
final class MethodRefusalTest {
    private static MemoryEstimate estimate(String model, String method, Map<JobKey, String> others) {
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", model))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .with(JobKey.LAYERS, Scalar.ofOption("--layers", "1"))
                .withMethod(Scalar.ofOption("--method", method));
        for (Map.Entry<JobKey, String> other : others.entrySet()) {
            source = source.with(other.getKey(), Scalar.ofOption(other.getKey().option(), other.getValue()));
        }
        FineTuningJob job = source.read();
        Architecture architecture = new ModelCatalog().architecture(job.model(), Place.of("test"));
        return MemoryModel.standard()
                .estimate(
                        new JobResolver(new OverheadCatalog().all()).resolve(job, architecture, Optional.empty()),
                        Bytes.ZERO);
    }

    @ParameterizedTest(name = "{1} of {0}")
    @CsvSource({"gpt2, oft", "gpt2, boft", "gpt2, loha", "gpt2, lokr"})
    void estimate_adapterOfConv1d_isRefused(String model, String method) {
        assertThatThrownBy(() -> estimate(model, method, Map.of()))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("Conv1D");
    }

    @ParameterizedTest(name = "{1} of {0}")
    @CsvSource({
        "gpt2, lora",
        "gpt2, dora",
        "gpt2, ia3",
        "gpt2, adalora",
        "gpt2, vera",
        "gpt2, ln-tuning",
        "gpt2, prefix-tuning"
    })
    void estimate_methodForConv1d_isSupported(String model, String method) {
        assertThat(estimate(model, method, Map.of()).peakAllocated().count()).isPositive();
    }

    @Test
    void estimate_prefixTuningWithCheckpointing_isRefused() {
        assertThatThrownBy(() ->
                        estimate("tinyllama-1.1b", "prefix-tuning", Map.of(JobKey.CHECKPOINTING, "non-reentrant")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("prefix-tuning does not work with it");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"gemma-2-2b", "phi-3-mini", "granite-3.3-8b", "gpt2"})
    void estimate_tiledMlpOfAnotherKind_isRefused(String model) {
        assertThatThrownBy(() -> estimate(model, "full", Map.of(JobKey.MLP_TILES, "4")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule for tiled MLPs of");
    }

    @Test
    void estimate_chunkedLossOfGranite_isRefused() {
        assertThatThrownBy(() -> estimate("granite-3.3-8b", "full", Map.of(JobKey.LOSS_KERNEL, "chunked")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule for the loss 'chunked' of granite");
    }

    @Test
    void estimate_offloadedMaskOfGpt2_isRefused() {
        Map<JobKey, String> offloaded = Map.of(
                JobKey.CHECKPOINTING, "non-reentrant", JobKey.CHECKPOINT_OFFLOAD, "true", JobKey.ATTENTION, "eager");

        assertThatThrownBy(() -> estimate("gpt2", "full", offloaded))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule yet for gpt2 with a mask");
    }

    @ParameterizedTest(name = "{0} on {1} under {2}={3}")
    @CsvSource({
        "dora, lm_head, LAYERS, 1, no rule for dora on 'lm_head'",
        "loha, embed_tokens, LAYERS, 1, no rule for loha on 'embed_tokens'",
        "lora, lm_head, LOSS_KERNEL, liger, under loss kernel liger",
        "lora, embed_tokens, QUANTIZATION, nf4, beside quantized layers",
        "lora, embed_tokens, RUNTIME, samediff, under samediff",
        "lora, embed_tokens, MODULES_TO_SAVE, embed_tokens, adapted and trained as a copy at once"
    })
    void estimate_adapterAtAnEnd_isRefused(String method, String target, JobKey key, String value, String reason) {
        assertThatThrownBy(() -> estimate("tinyllama-1.1b", method, Map.of(JobKey.TARGETS, target, key, value)))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void estimate_loraAtBothEnds_trainsTwoMatricesAtEach() {
        long trainable = estimate(
                        "tinyllama-1.1b", "lora", Map.of(JobKey.TARGETS, "embed_tokens,lm_head", JobKey.RANK, "8"))
                .parameters()
                .trainable();
        assertThat(trainable).isEqualTo(2 * 8 * (32_000 + 2048));
    }

    @Test
    void estimate_presets_leaveTheEndsAlone() {
        assertThat(trainable("all-linear,lm_head") - trainable("all-linear")).isEqualTo(16 * (32_000 + 2048));
    }

    private static long trainable(String targets) {
        return estimate("tinyllama-1.1b", "lora", Map.of(JobKey.TARGETS, targets))
                .parameters()
                .trainable();
    }

    @Test
    void estimate_ranksOfSingleLayers_decideTheParameters() {
        long trainable = estimate(
                        "tinyllama-1.1b",
                        "lora",
                        Map.of(JobKey.TARGETS, "q_proj,o_proj", JobKey.RANK, "8", JobKey.RANK_PATTERN, "o_proj=2"))
                .parameters()
                .trainable();
        assertThat(trainable).isEqualTo((8 + 2) * 2 * 2048);
    }

    @Test
    void estimate_rankPatternOfNoLayer_isWarnedOf() {
        MemoryEstimate estimate = estimate("tinyllama-1.1b", "lora", Map.of(JobKey.RANK_PATTERN, "down=2"));
        assertThat(estimate.warnings())
                .anyMatch(warning -> warning.contains("'down' decides the rank of no adapted layer"));
    }

    @Test
    void estimate_rankPatternWhereExpertsAreAdapted_isRefused() {
        assertThatThrownBy(() -> estimate("olmoe-1b-7b", "lora", Map.of(JobKey.RANK_PATTERN, "q_proj=2")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no rule for ranks of single layers where experts of olmoe are adapted");
    }

    @ParameterizedTest(name = "blocks of {0}")
    @CsvSource({"3, the 2048 inputs of 'q_proj' are no multiple of the block size 3", "2048, no rule for a single block"
    })
    void estimate_blocksThatDoNotFit_areRefused(String side, String reason) {
        assertThatThrownBy(() ->
                        estimate("tinyllama-1.1b", "boft", Map.of(JobKey.TARGETS, "q_proj", JobKey.BLOCK_SIZE, side)))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest(name = "{1} of {0}")
    @CsvSource({
        "gpt2, hira, 32, no rule for hira on Conv1D",
        "tinyllama-1.1b, miss, 48, the 2048 inputs of 'q_proj' are no multiple of the rank"
    })
    void estimate_formOfAMethodWithoutRule_isRefused(String model, String method, String rank, String reason) {
        assertThatThrownBy(() -> estimate(model, method, Map.of(JobKey.RANK, rank)))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void estimate_virtualTokensThatFillTheWindow_areRefused() {
        assertThatThrownBy(() -> estimate("gemma-3-270m", "prefix-tuning", Map.of(JobKey.VIRTUAL_TOKENS, "512")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("do not fit the window of 512");
    }

    @Test
    void estimate_virtualTokensBeyondLearnedPositions_isRefused() {
        assertThatThrownBy(() -> estimate("gpt2", "prompt-tuning", Map.of(JobKey.VIRTUAL_TOKENS, "1000")))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("1064 is beyond the 1024 learned positions");
    }

    @Test
    void estimate_encoderWidth_decidesTheParametersOfPTuning() {
        long narrow = estimate("tinyllama-1.1b", "p-tuning", Map.of(JobKey.ENCODER_HIDDEN_SIZE, "128"))
                .parameters()
                .trainable();
        assertThat(narrow).isEqualTo(20 * 2048 + (2048 * 128 + 128) + (128 * 128 + 128) + (128 * 2048 + 2048));
    }
}
