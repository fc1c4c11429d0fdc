package dev.headroom.simulator.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.program.Category;
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

/** Which weights train, and what state an optimizer keeps for them. */
final class TrainedWeightsTest {
    private static final long HIDDEN = 2048;
    private static final long INTERMEDIATE = 5632;
    private static final long VOCABULARY = 32_000;
    private static final long KEY_VALUE = 256;
    /** One layer of tinyllama-1.1b: four projections of attention, three of the MLP, two norms. */
    private static final long LAYER =
            2 * HIDDEN * HIDDEN + 2 * HIDDEN * KEY_VALUE + 3 * HIDDEN * INTERMEDIATE + 2 * HIDDEN;

    private static MemoryEstimate estimate(String model, String method, int layers, Map<JobKey, String> others) {
        JobSource source = JobSource.empty()
                .with(JobKey.MODEL, Scalar.ofOption("--model", model))
                .with(JobKey.SEQUENCE_LENGTH, Scalar.ofOption("--seq", "64"))
                .with(JobKey.WEIGHT_DTYPE, Scalar.ofOption("--weights", "fp32"))
                .with(JobKey.TRAINING_LOOP, Scalar.ofOption("--loop", "holds-outputs"))
                .with(JobKey.LAYERS, Scalar.ofOption("--layers", Integer.toString(layers)))
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

    private static long optimizerState(String method, String optimizer) {
        MemoryEstimate estimate = estimate("tinyllama-1.1b", method, 1, Map.of(JobKey.OPTIMIZER, optimizer));
        return estimate.breakdown().children().stream()
                .filter(node -> node.id().equals(Category.OPTIMIZER_STATE.id()))
                .mapToLong(node -> node.bytes().count())
                .sum();
    }

    @ParameterizedTest(name = "{0}: {1} numbers a parameter")
    @CsvSource({"adamw, 2", "adamw-for-loop, 2", "sgd, 0", "sgd-momentum, 1", "rmsprop, 1", "adagrad, 1"})
    void estimate_fullFineTuning_keepsNumbersPerParameter(String optimizer, int numbers) {
        long parameters = 2 * VOCABULARY * HIDDEN + LAYER + HIDDEN;
        assertThat(optimizerState("full", optimizer)).isEqualTo(4L * numbers * parameters);
    }

    @Test
    void estimate_adafactor_keepsARowAndAColumnOfEachMatrix() {
        long factors = 2 * (VOCABULARY + HIDDEN)
                + 2 * (HIDDEN + HIDDEN)
                + 2 * (HIDDEN + KEY_VALUE)
                + 3 * (HIDDEN + INTERMEDIATE)
                + 3 * HIDDEN;
        long rootMeanSquares = 12;
        assertThat(optimizerState("full", "adafactor")).isEqualTo(4 * (factors + rootMeanSquares));
    }

    @Test
    void estimate_muonOfMatrices_keepsOneNumberAParameter() {
        long matrices = 16 * (2 * (HIDDEN + HIDDEN) + 2 * (HIDDEN + KEY_VALUE) + 3 * (HIDDEN + INTERMEDIATE));
        assertThat(optimizerState("lora", "muon")).isEqualTo(4 * matrices);
    }

    @Test
    void estimate_muonOfNorms_isRefused() {
        assertThatThrownBy(() -> optimizerState("full", "muon"))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("muon takes matrices only");
    }

    @ParameterizedTest(name = "the last {0} of 3")
    @CsvSource({"1", "2", "3"})
    void estimate_lastLayers_trainsThemAndTheHead(int count) {
        long trained = estimate(
                        "tinyllama-1.1b", "last-layers", 3, Map.of(JobKey.TRAINED_LAYERS, Integer.toString(count)))
                .parameters()
                .trainable();
        assertThat(trained).isEqualTo(count * LAYER + VOCABULARY * HIDDEN);
    }

    @Test
    void estimate_headOnly_trainsTheHead() {
        assertThat(estimate("tinyllama-1.1b", "lm-head-only", 2, Map.of())
                        .parameters()
                        .trainable())
                .isEqualTo(VOCABULARY * HIDDEN);
    }

    @Test
    void estimate_frozenEmbeddings_trainsAllElse() {
        assertThat(estimate("tinyllama-1.1b", "full-frozen-embeddings", 2, Map.of())
                        .parameters()
                        .trainable())
                .isEqualTo(2 * LAYER + HIDDEN + VOCABULARY * HIDDEN);
    }

    @Test
    void estimate_lnTuning_trainsCopiesOfTheNorms() {
        assertThat(estimate("tinyllama-1.1b", "ln-tuning", 2, Map.of())
                        .parameters()
                        .trainable())
                .isEqualTo(5 * HIDDEN);
    }

    @Test
    void estimate_bitfit_trainsBiases() {
        long hidden = 768;
        assertThat(estimate("gpt2", "bitfit", 1, Map.of()).parameters().trainable())
                .isEqualTo((3 + 1 + 4 + 1) * hidden + 3 * hidden);
    }

    @Test
    void estimate_bitfitWithoutBiases_isRefused() {
        assertThatThrownBy(() -> estimate("tinyllama-1.1b", "bitfit", 1, Map.of()))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("no biases");
    }
}
