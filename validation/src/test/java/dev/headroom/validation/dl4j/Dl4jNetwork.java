package dev.headroom.validation.dl4j;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToRnnPreProcessor;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

/**
 * The nearest that DL4J 1.0.0-M1.1 comes to a Llama decoder: embedding; in each layer self-attention and a gated MLP, each
 * with a residual; a head over the vocabulary. Without attention each token is an example of its own.
 *
 * <p>DL4J has no causal mask within attention, no rotary positions, no shared key heads and no RMS norm, and its attention's
 * four matrices cannot be adapted apart. LoRA is put together: frozen linear layers, each with a narrow pair beside it.
 *
 * @param attention whether its layers have attention
 * @param lora whether low-rank pairs train beside frozen layers, or everything trains
 */
record Dl4jNetwork(boolean attention, boolean lora) {
    static final int HIDDEN = 512;
    static final int INTERMEDIATE = 1408;
    static final int VOCABULARY = 8000;
    static final int HEADS = 8;
    static final int LAYERS = 4;
    static final int LENGTH = 256;
    static final int RANK = 8;

    String title() {
        return (attention ? "decoder" : "decoder without attention") + (lora ? ", low-rank pairs" : ", full");
    }

    /** What one example is to DL4J's memory report. */
    InputType inputType() {
        return attention ? InputType.recurrent(VOCABULARY, LENGTH) : InputType.feedForward(VOCABULARY);
    }

    /** Examples in a batch of one sequence. */
    int examples() {
        return attention ? 1 : LENGTH;
    }

    /** Random tokens, as inputs or labels. */
    INDArray tokens() {
        INDArray numbers = Nd4j.createFromArray(new SplitTokens().next(LENGTH));
        return attention ? numbers.reshape(1, 1, LENGTH) : numbers.reshape(LENGTH, 1);
    }

    ComputationGraphConfiguration configuration() {
        GraphBuilder graph = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .weightInit(WeightInit.XAVIER)
                .dataType(DataType.FLOAT)
                .graphBuilder()
                .addInputs("tokens")
                .setInputTypes(inputType());
        Layer embedding = attention
                ? new EmbeddingSequenceLayer.Builder()
                        .nIn(VOCABULARY)
                        .nOut(HIDDEN)
                        .hasBias(false)
                        .inputLength(LENGTH)
                        .activation(Activation.IDENTITY)
                        .build()
                : new EmbeddingLayer.Builder()
                        .nIn(VOCABULARY)
                        .nOut(HIDDEN)
                        .activation(Activation.IDENTITY)
                        .build();
        graph.addLayer("embedding", lora ? new FrozenLayer(embedding) : embedding, "tokens");
        String stream = "embedding";
        for (int layer = 0; layer < LAYERS; layer++) {
            stream = layer(graph, "layer" + layer + ".", stream);
        }
        String head = linear(graph, "head", VOCABULARY, HIDDEN, stream, false);
        LossSparseMCXENT loss = new LossSparseMCXENT();
        graph.addLayer(
                "loss",
                attention
                        ? new RnnLossLayer.Builder(loss)
                                .activation(Activation.SOFTMAX)
                                .build()
                        : new LossLayer.Builder(loss)
                                .activation(Activation.SOFTMAX)
                                .build(),
                sequence(graph, head));
        return graph.setOutputs("loss").build();
    }

    private String layer(GraphBuilder graph, String name, String input) {
        String stream = input;
        if (attention) {
            Layer block = new SelfAttentionLayer.Builder()
                    .nIn(HIDDEN)
                    .nOut(HIDDEN)
                    .nHeads(HEADS)
                    .headSize(HIDDEN / HEADS)
                    .projectInput(true)
                    .build();
            graph.addLayer(name + "attention", lora ? new FrozenLayerWithBackprop(block) : block, stream);
            stream = sum(graph, name + "residual", stream, name + "attention");
        }
        String gate = linear(graph, name + "gate", INTERMEDIATE, HIDDEN, stream, lora);
        graph.addLayer(name + "swish", new ActivationLayer(Activation.SWISH), gate);
        String up = linear(graph, name + "up", INTERMEDIATE, HIDDEN, stream, lora);
        graph.addVertex(name + "gated", new ElementWiseVertex(ElementWiseVertex.Op.Product), name + "swish", up);
        String down = linear(graph, name + "down", HIDDEN, INTERMEDIATE, name + "gated", lora);
        return sum(graph, name + "output", stream, sequence(graph, down));
    }

    private String linear(GraphBuilder graph, String name, int outputs, int inputs, String input, boolean adapted) {
        DenseLayer weights = dense(inputs, outputs, WeightInit.XAVIER);
        graph.addLayer(name, lora ? new FrozenLayerWithBackprop(weights) : weights, input);
        if (!adapted) {
            return name;
        }
        graph.addLayer(name + ".a", dense(inputs, RANK, WeightInit.XAVIER), input);
        graph.addLayer(name + ".b", dense(RANK, outputs, WeightInit.ZERO), name + ".a");
        return sum(graph, name + ".adapted", name, name + ".b");
    }

    private static DenseLayer dense(int inputs, int outputs, WeightInit filling) {
        return new DenseLayer.Builder()
                .nIn(inputs)
                .nOut(outputs)
                .hasBias(false)
                .activation(Activation.IDENTITY)
                .weightInit(filling)
                .build();
    }

    private static String sum(GraphBuilder graph, String name, String left, String right) {
        graph.addVertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), left, right);
        return name;
    }

    /** What linear layers made of tokens, as a sequence again. */
    private String sequence(GraphBuilder graph, String input) {
        if (!attention) {
            return input;
        }
        graph.addVertex(input + ".sequence", new PreprocessorVertex(new FeedForwardToRnnPreProcessor()), input);
        return input + ".sequence";
    }

    /** Token numbers that are the same in every run. */
    private static final class SplitTokens {
        private final java.util.SplittableRandom random = new java.util.SplittableRandom(7);

        float[] next(int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = random.nextInt(VOCABULARY);
            }
            return numbers;
        }
    }
}
