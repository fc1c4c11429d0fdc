package dev.headroom.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.validation.network.TrainableNetwork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's losses and gradients against finite differences of a plain decoder in double precision. */
final class GradientTest {
    private static final double STEP = 1e-4;
    private static final int ELEMENTS = 6;
    private static final int LENGTH = 7;

    static Stream<Arguments> jobs() {
        TinyJobs lora = TinyJobs.lora(3).shaped(1, LENGTH);
        return Stream.of(
                Arguments.of("full", TinyJobs.full().shaped(1, LENGTH)),
                Arguments.of("lora", lora),
                Arguments.of("lora, frozen gradients skipped", lora.loop(TrainingLoop.SKIPS_FROZEN_GRADIENTS)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("jobs")
    void gradients_everyTrainedArray_areThoseOfThePlainDecoder(String name, TinyJobs tiny) {
        SplittableRandom random = new SplittableRandom(3);
        TrainableNetwork network = TrainableNetwork.build(tiny.resolve(), 11);
        // LoRA's second matrices begin as zeros, which would hide the gradients of the first.
        for (String trained : network.trained()) {
            INDArray array = network.forward().getVariable(trained).getArr();
            for (long i = 0; i < array.length(); i++) {
                array.putScalar(i, array.getDouble(i) + 0.1 * random.nextGaussian());
            }
        }
        int[] tokens = random.ints(LENGTH, 0, (int) TinyJobs.VOCABULARY).toArray();
        int[] labels = random.ints(LENGTH, 0, (int) TinyJobs.VOCABULARY).toArray();
        Map<String, double[][]> weights = weights(network);
        PlainDecoder plain = new PlainDecoder(tiny.architecture(), weights, tokens, labels);
        Map<String, INDArray> placeholders = Map.of(
                LlamaNetwork.TOKENS, Nd4j.createFromArray(tokens), LlamaNetwork.LABELS, Nd4j.createFromArray(labels));

        double loss = network.forward()
                .output(placeholders, network.lossName())
                .get(network.lossName())
                .sumNumber()
                .doubleValue();
        Map<String, INDArray> gradients = network.forward()
                .calculateGradients(placeholders, network.trained().toArray(String[]::new));

        assertThat(loss).isCloseTo(plain.loss(), within(1e-3));
        for (String trained : network.trained()) {
            double[][] weight = Objects.requireNonNull(weights.get(module(trained)), trained);
            INDArray gradient = Objects.requireNonNull(gradients.get(trained), trained);
            List<Double> differences = new ArrayList<>();
            for (int i = 0; i < ELEMENTS; i++) {
                int row = random.nextInt(weight.length);
                int column = random.nextInt(weight[0].length);
                double found = gradient.rank() == 1 ? gradient.getDouble(column) : gradient.getDouble(row, column);
                differences.add(Math.abs(found - slope(plain, weight[row], column)));
            }
            assertThat(differences).as(trained).allMatch(difference -> difference < 2e-3);
        }
    }

    private static double slope(PlainDecoder plain, double[] row, int column) {
        double value = row[column];
        row[column] = value + STEP;
        double above = plain.loss();
        row[column] = value - STEP;
        double below = plain.loss();
        row[column] = value;
        return (above - below) / (2 * STEP);
    }

    private static Map<String, double[][]> weights(TrainableNetwork network) {
        Map<String, double[][]> weights = new HashMap<>();
        for (SDVariable variable : network.forward().variables()) {
            boolean array = variable.getVariableType() == VariableType.VARIABLE
                    || variable.getVariableType() == VariableType.CONSTANT;
            if (array && variable.name().endsWith(".weight")) {
                INDArray values = variable.getArr().castTo(DataType.DOUBLE);
                weights.put(
                        module(variable.name()),
                        values.rank() == 1 ? new double[][] {values.toDoubleVector()} : values.toDoubleMatrix());
            }
        }
        return weights;
    }

    private static String module(String variable) {
        return variable.substring(0, variable.lastIndexOf('.'));
    }
}
