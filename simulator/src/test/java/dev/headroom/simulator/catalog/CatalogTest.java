package dev.headroom.simulator.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headroom.model.architecture.ParameterCount;
import dev.headroom.model.job.JobResolver;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every entry of the catalogs is complete, found by all its names, and agrees with what its publisher says. */
final class CatalogTest {
    private static final Place HERE = Place.of("test");

    @TempDir
    private Path directory;

    static List<ModelEntry> models() {
        return new ModelCatalog().all();
    }

    static List<GpuEntry> gpus() {
        return new GpuCatalog().all();
    }

    static List<String> countedModels() {
        return models().stream()
                .filter(entry -> JobResolver.SUPPORTED_MODEL_TYPES.contains(
                        entry.architecture().modelType()))
                .map(ModelEntry::id)
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("countedModels")
    void parameters_computedFromTheConfiguration_areThePublished(String id) {
        ModelEntry entry = new ModelCatalog().find(id, HERE);
        long computed = ParameterCount.of(entry.architecture());
        long published = entry.published().parameters();
        if (entry.published().exact()) {
            assertThat(computed).isEqualTo(published);
        } else {
            // Some publishers only give the number in the model's name, such as 3B for 3.43 billion.
            assertThat((double) computed / published).isBetween(0.85, 1.15);
        }
    }

    @Test
    void models_namesAndAliases_areUnique() {
        Set<String> names = new HashSet<>();
        for (ModelEntry entry : models()) {
            assertThat(names.add(entry.id())).as(entry.id()).isTrue();
            entry.aliases()
                    .forEach(alias -> assertThat(names.add(alias)).as(alias).isTrue());
        }
        assertThat(models()).hasSizeGreaterThanOrEqualTo(44);
    }

    @Test
    void gpus_driverNames_areUnique() {
        Set<String> names = new HashSet<>();
        for (GpuEntry entry : gpus()) {
            entry.gpu()
                    .driverNames()
                    .forEach(name -> assertThat(names.add(name)).as(name).isTrue());
        }
        assertThat(gpus()).hasSizeGreaterThanOrEqualTo(25);
    }

    @Test
    void find_byRepositoryAliasOrDriverName_isTheEntry() {
        assertThat(new ModelCatalog()
                        .find("TinyLlama/TinyLlama-1.1B-Chat-v1.0", HERE)
                        .id())
                .isEqualTo("tinyllama-1.1b");
        assertThat(new ModelCatalog().find("tinyllama-1.1b-chat-v1.0", HERE).id())
                .isEqualTo("tinyllama-1.1b");
        assertThat(new GpuCatalog().find("NVIDIA H200", HERE).gpu().id()).isEqualTo("h200");
        assertThat(new GpuCatalog()
                        .byDriverName("nvidia a100-sxm4-80gb")
                        .orElseThrow()
                        .gpu()
                        .id())
                .isEqualTo("a100-80gb");
    }

    @Test
    void find_pathInsteadOfId_isNoEntry() {
        assertThatThrownBy(() -> new GpuCatalog().find("../models/gpt2", HERE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("unknown GPU");
    }

    @Test
    void architecture_ofConfigFile_isThatOfTheCatalog() throws IOException {
        Path file = Files.writeString(directory.resolve("config.json"), """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 2048,
                 "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32,
                 "num_key_value_heads": 4, "vocab_size": 32000, "max_position_embeddings": 2048}
                """);
        ModelCatalog catalog = new ModelCatalog();

        assertThat(catalog.architecture(file.toString(), HERE))
                .isEqualTo(catalog.architecture(directory.toString(), HERE))
                .isEqualTo(catalog.find("tinyllama-1.1b", HERE).architecture());
    }

    @Test
    void architecture_ofBrokenConfigFile_reportsEveryKey() throws IOException {
        Path file = Files.writeString(directory.resolve("config.json"), """
                {"model_type": "llama",
                 "hidden_size": -1,
                 "num_hidden_layers": "two",
                 "num_attention_heads": 3, "vocab_size": 1e9}
                """);

        assertThatThrownBy(() -> new ModelCatalog().architecture(file.toString(), HERE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(file + ":2:17: 'hidden_size': ")
                .hasMessageContaining(file + ":3:23: 'num_hidden_layers': ")
                .hasMessageContaining("'intermediate_size': is missing");
    }
}
