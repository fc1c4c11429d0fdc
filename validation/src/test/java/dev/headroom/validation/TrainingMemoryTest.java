package dev.headroom.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Targets;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;
import dev.headroom.validation.measure.CpuTrainer;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Really trains on the processor, and compares what was predicted with what was measured. */
final class TrainingMemoryTest {
    static Stream<Arguments> jobs() {
        Lora dropping = new Lora(4, Targets.ALL_LINEAR, 0.1, AdapterDtype.AUTO);
        Lora narrow = new Lora(4, Targets.of("attention-qv"), 0, AdapterDtype.AUTO);
        return Stream.of(
                Arguments.of("full", TinyJobs.full()),
                Arguments.of("full, two sequences", TinyJobs.full().shaped(2, 24)),
                Arguments.of("full, long", TinyJobs.full().shaped(1, 96)),
                Arguments.of("full, tied head", TinyJobs.full().tiedHead()),
                Arguments.of("full, biases", TinyJobs.full().of("qwen2", 4)),
                Arguments.of("lora 4", TinyJobs.lora(4)),
                Arguments.of("lora 8, two sequences", TinyJobs.lora(8).shaped(2, 24)),
                Arguments.of(
                        "lora 2, long, three layers",
                        TinyJobs.lora(2).shaped(1, 96).layers(3)),
                Arguments.of("lora, tied head", TinyJobs.lora(4).tiedHead()),
                Arguments.of(
                        "lora, tied head, skipping",
                        TinyJobs.lora(4).tiedHead().loop(TrainingLoop.SKIPS_FROZEN_GRADIENTS)),
                Arguments.of("lora, dropout", TinyJobs.full().with(dropping)),
                Arguments.of("lora on q and v", TinyJobs.full().with(narrow)),
                Arguments.of("lora, skipping", TinyJobs.lora(4).loop(TrainingLoop.SKIPS_FROZEN_GRADIENTS)),
                Arguments.of(
                        "lora, skipping, long",
                        TinyJobs.lora(4).shaped(1, 96).loop(TrainingLoop.SKIPS_FROZEN_GRADIENTS)),
                Arguments.of("lora, bfloat16", TinyJobs.lora(4).in(DType.BFLOAT16)),
                Arguments.of("full, adamw", TinyJobs.full().by(OptimizerKind.ADAMW)),
                Arguments.of("full, sgd", TinyJobs.full().by(OptimizerKind.SGD)),
                Arguments.of("full, momentum", TinyJobs.full().by(OptimizerKind.SGD_MOMENTUM)),
                Arguments.of("full, rmsprop", TinyJobs.full().by(OptimizerKind.RMSPROP)),
                Arguments.of("lora, adagrad", TinyJobs.lora(4).by(OptimizerKind.ADAGRAD)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("jobs")
    void train_predictedMemory_isMeasured(String name, TinyJobs tiny) {
        ResolvedJob job = tiny.resolve();

        Measurement measured = measure(job, 4);
        MemoryEstimate predicted = MemoryModel.standard().estimate(job, Bytes.ZERO);

        assertThat(measured.outOfMemory()).isEmpty();
        assertClose("peak", predicted.peakAllocated().count(), measured.peakAllocated());
        assertThat(predicted.afterLoad().allocated().count()).isEqualTo(measured.afterLoad());
        for (Category category : Category.values()) {
            if (category != Category.ALLOCATOR_ROUNDING && category != Category.PROCESS_OVERHEAD) {
                assertClose(
                        category.label(),
                        predicted.bytesOf(category).count(),
                        measured.categories().getOrDefault(category, 0L));
            }
        }
        Map<Figure, Bytes> step = predicted.steps().get(1);
        measured.steps()
                .get(1)
                .figures()
                .forEach((figure, bytes) -> assertClose(
                        figure.key(), step.getOrDefault(figure, Bytes.ZERO).count(), bytes));
        assertThat(measured.steps().get(3).loss())
                .as("the last loss")
                .isLessThan(measured.steps().get(0).loss());
    }

    static Stream<Arguments> defaultJobs() {
        return Stream.of(
                Arguments.of("full", TinyJobs.full().loop(TrainingLoop.ND4J_DEFAULTS)),
                Arguments.of("lora", TinyJobs.lora(4).loop(TrainingLoop.ND4J_DEFAULTS)),
                Arguments.of("lora, long", TinyJobs.lora(4).shaped(1, 96).loop(TrainingLoop.ND4J_DEFAULTS)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("defaultJobs")
    void train_withDefaults_growsAsPredicted(String name, TinyJobs tiny) {
        ResolvedJob job = tiny.resolve();

        Measurement measured = measure(job, 3);
        MemoryEstimate predicted = MemoryModel.standard().estimate(job, Bytes.ZERO);

        assertClose("peak", predicted.peakAllocated().count(), measured.peakAllocated());
        assertThat(measured.steps().get(2).loss())
                .isLessThan(measured.steps().get(0).loss());
    }

    @Test
    void estimate_defaultsAtManyLayers_saysThatNd4jFails() {
        ResolvedJob job =
                TinyJobs.lora(4).layers(22).loop(TrainingLoop.ND4J_DEFAULTS).resolve();

        assertThatThrownBy(() -> MemoryModel.standard().estimate(job, Bytes.ZERO))
                .isInstanceOf(RefusedJobException.class)
                .hasMessageContaining("ArrayCacheMemoryMgr");
    }

    @Test
    void train_beyondTheDeviceLimit_isOutOfMemory() {
        ResolvedJob job = TinyJobs.full().resolve();
        long peak =
                MemoryModel.standard().estimate(job, Bytes.ZERO).peakAllocated().count();

        Measurement measured =
                new CpuTrainer().train(new Trainer.Request(job, 2, OptionalLong.of(peak - 5000)), new Silence());

        assertThat(measured.outOfMemory()).isPresent();
    }

    private static Measurement measure(ResolvedJob job, int steps) {
        return new CpuTrainer().train(new Trainer.Request(job, steps, OptionalLong.empty()), new Silence());
    }

    /** Within the larger of 2 KiB and 0.001 %. */
    private static void assertClose(String what, long predicted, long measured) {
        assertThat(predicted).as(what).isCloseTo(measured, within(Math.max(2048, measured / 100_000)));
    }
}
