package dev.headroom.validation.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.headroom.simulator.input.Fields;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Trains DL4J's networks, and holds {@code data/measured/dl4j-cpu.json}, which docs/accuracy.md shows, to what they take;
 * {@code -Dgolden.update=true} writes it anew.
 */
final class Dl4jComparisonTest {
    private static final Path FILE =
            Path.of(System.getProperty("headroom.home", ".."), "data", "measured", "dl4j-cpu.json");

    /** DL4J's workspaces depend a little on which steps found them too small. */
    private static final double TOLERANCE = 0.01;

    @Test
    void networks_trained_takeWhatTheFileSays() throws IOException {
        List<Dl4jComparison> comparisons = new ArrayList<>();
        for (boolean attention : new boolean[] {true, false}) {
            for (boolean lora : new boolean[] {false, true}) {
                comparisons.add(Dl4jComparison.of(new Dl4jNetwork(attention, lora)));
            }
        }
        if (Boolean.getBoolean("golden.update")) {
            try {
                check(comparisons);
            } catch (AssertionError | InputException e) {
                Files.writeString(
                        FILE, json(comparisons)); // A file that holds stays, as the last bytes differ from run to run.
            }
        }
        check(comparisons);
    }

    private static void check(List<Dl4jComparison> comparisons) {
        Problems problems = new Problems();
        Fields file =
                Fields.of(JsonReader.read(InputText.ofFile(FILE.toString(), InputText.JOB_LIMIT), problems), problems);
        List<Fields> networks = file.each("networks");
        problems.throwIfAny();
        assertThat(networks).hasSameSizeAs(comparisons);
        for (int i = 0; i < networks.size(); i++) {
            check(networks.get(i), comparisons.get(i));
        }
        problems.throwIfAny();
    }

    static Stream<Arguments> layersOverSequences() {
        int size = Dl4jNetwork.HIDDEN;
        DenseLayer dense = new DenseLayer.Builder().nIn(size).nOut(size).build();
        return Stream.of(
                Arguments.of("SelfAttentionLayer", attention(size), NullPointerException.class),
                Arguments.of("TimeDistributed", new TimeDistributed(dense), IllegalStateException.class),
                Arguments.of(
                        "Convolution1DLayer",
                        new Convolution1DLayer.Builder(1).nIn(size).nOut(size).build(),
                        ClassCastException.class));
    }

    private static Layer attention(int size) {
        return new SelfAttentionLayer.Builder()
                .nIn(size)
                .nOut(size)
                .nHeads(1)
                .projectInput(true)
                .build();
    }

    /** Once one of these no longer fails, DL4J deserves another comparison. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("layersOverSequences")
    void report_layerOverASequence_fails(String name, Layer layer, Class<Exception> failure) {
        InputType sequence = InputType.recurrent(Dl4jNetwork.HIDDEN, Dl4jNetwork.LENGTH);
        MultiLayerConfiguration network = new NeuralNetConfiguration.Builder()
                .list(layer, new RnnOutputLayer.Builder().nOut(2).build())
                .setInputType(sequence)
                .build();

        assertThatThrownBy(() -> network.getMemoryReport(sequence)
                        .getTotalMemoryBytes(1, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT))
                .isInstanceOf(failure);
    }

    private static void check(Fields written, Dl4jComparison found) {
        assertThat(written.text("name")).isEqualTo(found.network().title());
        Dl4jTraining training = found.training();
        assertThat(training.lastLoss()).as("it learns").isLessThan(training.firstLoss());
        assertThat(written.positive("parameters")).isEqualTo(training.parameters());
        assertThat(written.positive("updaterElements")).isEqualTo(training.updaterElements());
        assertClose(written.positive("arraysBytes"), training.arraysBytes());
        assertClose(written.positive("workspacesBytes"), training.workspacesBytes());
        Dl4jReport report = found.report();
        assertThat(written.optionalText("reportFailure")).isEqualTo(report.failure());
        assertThat(written.optional("reportBytes").isPresent())
                .isEqualTo(report.bytes().isPresent());
        report.bytes()
                .ifPresent(bytes -> assertThat(written.positive("reportBytes")).isEqualTo(bytes));
        assertThat(written.positive("partsBytes")).isEqualTo(report.partsBytes());
        found.headroom().ifPresent(headroom -> {
            assertThat(written.positive("headroomPredictedBytes")).isEqualTo(headroom.predicted());
            assertThat(written.positive("headroomMeasuredBytes")).isEqualTo(headroom.measured());
            assertThat(headroom.predicted()).isCloseTo(headroom.measured(), within(2048L));
        });
    }

    private static void assertClose(long written, long found) {
        assertThat(written).isCloseTo(found, within((long) (TOLERANCE * found)));
    }

    private static String json(List<Dl4jComparison> comparisons) throws IOException {
        StringWriter text = new StringWriter();
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(printer);
            json.writeStartObject();
            json.writeStringField("stack", "deeplearning4j-nn 1.0.0-M1.1, nd4j-native 1.0.0-M1.1");
            json.writeNumberField("hidden", Dl4jNetwork.HIDDEN);
            json.writeNumberField("intermediate", Dl4jNetwork.INTERMEDIATE);
            json.writeNumberField("vocabulary", Dl4jNetwork.VOCABULARY);
            json.writeNumberField("heads", Dl4jNetwork.HEADS);
            json.writeNumberField("layers", Dl4jNetwork.LAYERS);
            json.writeNumberField("sequenceLength", Dl4jNetwork.LENGTH);
            json.writeNumberField("rank", Dl4jNetwork.RANK);
            json.writeArrayFieldStart("networks");
            for (Dl4jComparison comparison : comparisons) {
                write(json, comparison);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }

    private static void write(JsonGenerator json, Dl4jComparison comparison) throws IOException {
        Dl4jReport report = comparison.report();
        Dl4jTraining training = comparison.training();
        json.writeStartObject();
        json.writeStringField("name", comparison.network().title());
        json.writeNumberField("parameters", training.parameters());
        json.writeNumberField("updaterElements", training.updaterElements());
        if (report.bytes().isPresent()) {
            json.writeNumberField("reportBytes", report.bytes().getAsLong());
        }
        if (report.failure().isPresent()) {
            json.writeStringField("reportFailure", report.failure().get());
        }
        json.writeNumberField("parts", report.parts());
        json.writeNumberField("silentParts", report.silentParts());
        json.writeNumberField("partsBytes", report.partsBytes());
        json.writeNumberField("arraysBytes", training.arraysBytes());
        json.writeNumberField("workspacesBytes", training.workspacesBytes());
        if (comparison.headroom().isPresent()) {
            json.writeNumberField(
                    "headroomPredictedBytes", comparison.headroom().get().predicted());
            json.writeNumberField(
                    "headroomMeasuredBytes", comparison.headroom().get().measured());
        }
        json.writeEndObject();
    }
}
