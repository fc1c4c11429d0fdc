package dev.headroom.simulator.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.model.method.Targets;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.Golden;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The documents about job files say what the code does: they follow its keys, words and defaults. */
final class JobKeyTest {
    private static final Path REFERENCE = Golden.home().resolve("docs/reference/job.reference.yaml");
    private static final Path SCHEMA =
            Golden.home().resolve("simulator/src/main/resources/dev/headroom/simulator/config/job.schema.json");

    @Test
    void reference_file_hasEveryKeyWithItsDefault() {
        Golden.check(REFERENCE, JobKeyDocuments.referenceYaml());
    }

    @Test
    void reference_readAsJob_isTheJobOfDefaults() {
        JobSource minimal = TestJobs.yaml("model: tinyllama-1.1b\nsequenceLength: 2048\n");
        JobSource reference = JobFile.read(REFERENCE.toString(), InputStream.nullInputStream());

        assertThat(reference.read()).isEqualTo(minimal.read());
        assertThat(reference.reservedBytes()).isEqualTo(minimal.reservedBytes());
        assertThat(reference.gpuName()).isEmpty();
    }

    @Test
    void schema_file_hasEveryKeyWithItsDefault() {
        Golden.check(SCHEMA, JobKeyDocuments.schema());
    }

    @Test
    void schema_resource_isValidJsonWithEveryTopKey() {
        Problems problems = new Problems();
        Mapping schema = (Mapping) JsonReader.read(new InputText("schema", JobSchema.text()), problems);
        Mapping properties = (Mapping) schema.entry("properties").orElseThrow().value();

        assertThat(problems.isEmpty()).isTrue();
        assertThat(properties.entries().stream().map(Mapping.Entry::key))
                .containsAll(JobReader.keysOf(""))
                .contains("gpu", "reserve")
                .hasSize(JobReader.keysOf("").size() + 2);
    }

    @Test
    void words_ofEveryChoice_areThoseOfTheModel() {
        assertThat(JobKey.ATTENTION.words())
                .isEqualTo(ids(AttentionImplementation.values(), AttentionImplementation::id));
        assertThat(JobKey.CHECKPOINTING.words()).isEqualTo(ids(Checkpointing.Kind.values(), Checkpointing.Kind::id));
        assertThat(JobKey.LOSS_KERNEL.words()).isEqualTo(ids(LossKernel.values(), LossKernel::id));
        assertThat(JobKey.OPTIMIZER.words()).isEqualTo(ids(OptimizerKind.values(), OptimizerKind::id));
        assertThat(JobKey.TRAINING_LOOP.words()).isEqualTo(ids(TrainingLoop.values(), TrainingLoop::id));
        assertThat(JobKey.RUNTIME.words()).isEqualTo(ids(RuntimeKind.values(), RuntimeKind::id));
        assertThat(JobKey.TARGETS.words()).isEqualTo(Targets.allWords());
    }

    @Test
    void stack_left_out_isTheNewest() {
        assertThat(TestJobs.yaml("model: m\nsequenceLength: 1\n").read().stack())
                .isEqualTo(SoftwareStack.NEWEST);
    }

    private static <E> List<String> ids(E[] values, Function<E, String> id) {
        return Arrays.stream(values).map(id).toList();
    }
}
