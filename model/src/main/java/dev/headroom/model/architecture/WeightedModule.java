package dev.headroom.model.architecture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A module that has weights of its own.
 *
 * @param path name of the module, such as {@code model.layers.3.mlp.down_proj}
 * @param kind what it computes
 * @param weights its weights, in the order in which they are made
 */
public record WeightedModule(String path, Kind kind, List<Weight> weights) {
    /** What a module computes. */
    public enum Kind {
        /** Rows of a table. */
        EMBEDDING,
        /** {@code torch.nn.Linear}: weight of shape [outputs, inputs]. */
        LINEAR,
        /** Transformers' {@code Conv1D}: weight of shape [inputs, outputs]. */
        CONV1D,
        /** {@code x @ weight.T + bias} in two steps, such as {@code FalconLinear}: weight of shape [outputs, inputs]. */
        PRODUCT,
        /** A normalization of the last dimension. */
        NORM,
        /** Frequencies of rotary positions: buffers, no parameters. */
        ROTARY,
        /** A constant in the dtype of the weights: a buffer, no parameter. */
        BUFFER,
        /** Parameters that the model uses directly, such as a bank of experts. */
        PARAMETERS
    }

    /**
     * One weight.
     *
     * @param name name within the module, such as {@code weight}
     * @param shape its dimensions
     */
    public record Weight(String name, List<Long> shape) {
        public Weight {
            shape = List.copyOf(shape);
        }

        public static Weight of(String name, Long... shape) {
            return new Weight(name, Arrays.asList(shape));
        }

        /** Number of elements; exact, throws on overflow. */
        public long elements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    public WeightedModule {
        weights = List.copyOf(weights);
    }

    public static WeightedModule embedding(String path, long rows, long size) {
        return new WeightedModule(path, Kind.EMBEDDING, List.of(Weight.of("weight", rows, size)));
    }

    public static WeightedModule linear(String path, long inputs, long outputs, boolean bias) {
        return new WeightedModule(path, Kind.LINEAR, withBias(Weight.of("weight", outputs, inputs), outputs, bias));
    }

    public static WeightedModule conv1d(String path, long inputs, long outputs) {
        return new WeightedModule(path, Kind.CONV1D, withBias(Weight.of("weight", inputs, outputs), outputs, true));
    }

    /** A linear module of kind {@link Kind#PRODUCT}. */
    public static WeightedModule product(String path, long inputs, long outputs, boolean bias) {
        return new WeightedModule(path, Kind.PRODUCT, withBias(Weight.of("weight", outputs, inputs), outputs, bias));
    }

    public static WeightedModule norm(String path, long size, boolean bias) {
        return new WeightedModule(path, Kind.NORM, withBias(Weight.of("weight", size), size, bias));
    }

    /** A norm of heads, each with weights of its own, without a bias. */
    public static WeightedModule normOfHeads(String path, long heads, long dimension) {
        return new WeightedModule(path, Kind.NORM, List.of(Weight.of("weight", heads, dimension)));
    }

    public static WeightedModule rotary(String path, long dimension) {
        return rotary(path, dimension, List.of(""));
    }

    /**
     * Rotary positions with frequencies for each kind of layer.
     *
     * @param prefixes what the names of the buffers begin with, in the order in which they are made
     */
    public static WeightedModule rotary(String path, long dimension, List<String> prefixes) {
        return new WeightedModule(
                path,
                Kind.ROTARY,
                prefixes.stream()
                        .map(prefix -> Weight.of(prefix + "inv_freq", dimension / 2))
                        .toList());
    }

    /** A scalar that a module of this path holds as a buffer. */
    public static WeightedModule scalarBuffer(String path, String name) {
        return new WeightedModule(path, Kind.BUFFER, List.of(Weight.of(name)));
    }

    private static List<Weight> withBias(Weight weight, long size, boolean bias) {
        List<Weight> weights = new ArrayList<>(List.of(weight));
        if (bias) {
            weights.add(Weight.of("bias", size));
        }
        return weights;
    }

    /** The last part of its path, such as {@code down_proj}. */
    public String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Whether an adapter for linear layers can wrap it. */
    public boolean isLinear() {
        return kind == Kind.LINEAR || kind == Kind.CONV1D || kind == Kind.PRODUCT;
    }

    /** Elements of a linear module's input vector. */
    public long inputs() {
        return weights.get(0).shape().get(kind == Kind.CONV1D ? 0 : 1);
    }

    /** Elements of a linear module's output vector. */
    public long outputs() {
        return weights.get(0).shape().get(kind == Kind.CONV1D ? 1 : 0);
    }

    /** Number of parameters; buffers are none. */
    public long parameters() {
        return kind == Kind.ROTARY || kind == Kind.BUFFER
                ? 0
                : weights.stream().map(Weight::elements).reduce(0L, Math::addExact);
    }
}
