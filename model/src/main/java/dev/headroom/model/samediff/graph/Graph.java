package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * What a network is written with: the operations of SameDiff that a decoder needs. A network is written once, against
 * this; the model implements it with sizes alone, the validation with ND4J's own graph. So the network that is predicted
 * is the network that trains.
 *
 * @param <V> a variable of the graph
 */
public interface Graph<V> {
    /** What is built from now on belongs to this module, such as {@code model.layers.3.mlp.down_proj}. */
    void enter(String module);

    /** An array that each step is given, such as token ids. */
    V placeholder(String name, Shape shape, DType type);

    /** An array that does not train: a frozen weight, if {@code filling} is random or ones; else a table. */
    V constant(String name, Shape shape, DType type, Filling filling);

    /** An array that trains. */
    V variable(String name, Shape shape, DType type, Filling filling, Role role);

    /**
     * The same array of a constant as another variable. ND4J 1.0.0-M1.1 can differentiate only one use of a constant:
     * the name of its gradient would be taken.
     */
    V again(V constant);

    /** Rows of a table. */
    V gather(V table, V rows);

    /** {@code left · right} over the last two dimensions. */
    V matmul(V left, V right, boolean transposeRight);

    /** {@code left · frozen}, of which only the gradient of {@code left} is computed: an operation that ND4J has not. */
    V matmulFrozen(V left, V frozen, boolean transposeRight);

    V add(V left, V right);

    V subtract(V left, V right);

    V multiply(V left, V right);

    V divide(V left, V right);

    /** Every element times a number. */
    V scale(V x, double factor);

    /** A number added to every element. */
    V shift(V x, double term);

    V square(V x);

    V squareRoot(V x);

    /** Mean over the last dimension, which stays as one of size 1. */
    V meanOfLast(V x);

    V reshape(V x, Shape shape);

    V permute(V x, int... dimensions);

    /** The part of {@code x} of shape {@code size} that begins at {@code begin}. */
    V slice(V x, List<Long> begin, Shape size);

    /** Concatenates over the last dimension. */
    V concatenate(V first, V second);

    /** Softmax over the last dimension. */
    V softmax(V x);

    /** {@code x · sigmoid(x)}. */
    V swish(V x);

    /** A new random mask in each step, of ones with {@code probability}, else zeros. */
    V bernoulli(Shape shape, DType type, double probability);

    V cast(V x, DType type);

    /** Cross entropy of each row, {@code [n, classes]} against {@code [n]}; its sum is what is minimized. */
    V crossEntropy(V logits, V labels);

    /** What an array that trains is. */
    enum Role {
        /** A parameter of the model itself. */
        WEIGHT,
        /** A parameter of an adapter. */
        ADAPTER
    }
}
