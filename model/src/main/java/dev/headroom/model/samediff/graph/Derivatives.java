package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.List;

/**
 * How ND4J differentiates its operations. What matters here is which operations that makes, since each of them has outputs of
 * its own.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code doDiff} of the classes in {@code org.nd4j.linalg.api.ops.impl}.
 */
final class Derivatives {
    private Derivatives() {}

    /** One operation that writes the gradients of both inputs, needed or not: {@code AddBpOp}, {@code MulBpOp}, … */
    static Derivative ofBoth(String name) {
        return (graph, operation, gradient) -> {
            Variable left = operation.inputs().get(0);
            Variable right = operation.inputs().get(1);
            Operation backward = graph.make(name, Derivative.NONE, left, right, gradient)
                    .writes(left.shape(), left.type())
                    .writes(right.shape(), right.type());
            CudaScratch.ofPairwiseGradient(backward, left, right, gradient);
            return backward.outputs();
        };
    }

    /** {@code Mmul.doDiff}. */
    static List<Variable> matmul(SizeGraph graph, Operation operation, Variable gradient) {
        Variable left = operation.inputs().get(0);
        Variable right = operation.inputs().get(1);
        Operation backward = graph.make("matmul_bp", Derivative.NONE, left, right, gradient)
                .writes(left.shape(), left.type())
                .writes(right.shape(), right.type());
        backward.outputs().forEach(output -> CudaScratch.ofProduct(backward, output));
        return backward.outputs();
    }

    /** The same operation with other flags. */
    static List<Variable> matmulTransposed(SizeGraph graph, Operation operation, Variable gradient) {
        return matmul(graph, operation, gradient);
    }

    /** {@code Square.doDiff}. */
    static List<Variable> square(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        return List.of(graph.multiply(graph.elementwise("_powderivative", Derivative.NONE, x), gradient));
    }

    /** {@code Sqrt.doDiff}: the input's power of -1/2, halved, times the gradient. */
    static List<Variable> squareRoot(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        Variable power = graph.elementwise("pow", Derivative.NONE, x);
        return List.of(graph.multiply(graph.scale(power, 0.5), gradient));
    }

    /** {@code SoftMax.doDiff}. */
    static List<Variable> softmax(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        Operation backward =
                graph.make("softmax_bp", Derivative.NONE, x, gradient).writes(x.shape(), x.type());
        CudaScratch.ofSoftmaxGradient(backward, x);
        return List.of(backward.output());
    }

    /** {@code Swish.doDiff}. */
    static List<Variable> swish(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        return List.of(graph.multiply(graph.elementwise("swish_derivative", Derivative.NONE, x), gradient));
    }

    /** {@code Mean.doDiff}. */
    static List<Variable> mean(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        return List.of(graph.elementwise("reduce_mean_bp", Derivative.NONE, x, gradient));
    }

    /** {@code Sum.doDiff}. */
    static List<Variable> sum(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        return List.of(graph.elementwise("reduce_sum_bp", Derivative.NONE, x, gradient));
    }

    /** {@code Reshape.doDiff}: back to a shape that is read from the input while it runs. */
    static List<Variable> reshape(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        Variable shape = graph.make("shape_of", Derivative.NONE, x)
                .writes(Shape.of((long) x.shape().rank()), DType.INT64)
                .output();
        return List.of(graph.make("reshape", Derivative.NONE, gradient, shape)
                .writes(x.shape(), x.type())
                .output());
    }

    /** {@code Slice.doDiff}: an array of the whole input's size, zero but for the slice. */
    static List<Variable> slice(SizeGraph graph, Operation operation, Variable gradient) {
        Variable x = operation.inputs().get(0);
        return List.of(graph.elementwise("slice_bp", Derivative.NONE, x, gradient));
    }

    /** {@code Concat.doDiff}. */
    static List<Variable> concatenate(SizeGraph graph, Operation operation, Variable gradient) {
        Variable first = operation.inputs().get(0);
        Variable second = operation.inputs().get(1);
        return graph.make("concat_bp", Derivative.NONE, first, second, gradient)
                .writes(first.shape(), first.type())
                .writes(second.shape(), second.type())
                .outputs();
    }

    /**
     * {@code SparseSoftmaxCrossEntropyLossWithLogits.doDiff}. The gradient that arrives is not used: the loss that is
     * minimized is the sum of the rows', whatever is made of them afterwards.
     */
    static List<Variable> crossEntropy(SizeGraph graph, Operation operation, Variable gradient) {
        Variable labels = operation.inputs().get(0);
        Variable logits = operation.inputs().get(1);
        Variable ofLabels = graph.elementwise("zeroslike", Derivative.NONE, labels);
        Operation backward = graph.make(
                        "sparse_softmax_cross_entropy_loss_with_logits_grad", Derivative.NONE, logits, labels)
                .writes(logits.shape(), logits.type());
        CudaScratch.ofCrossEntropy(backward, logits);
        return List.of(ofLabels, backward.output());
    }

    /**
     * {@code Gather.doDiff}: a permutation of the dimensions that brings the gathered one to the front is computed while it
     * runs, then the rows are added into zeros, and everything is permuted back. Each of these is an array as large as the
     * table.
     */
    static List<Variable> gather(SizeGraph graph, Operation operation, Variable gradient) {
        Variable table = operation.inputs().get(0);
        Variable rows = operation.inputs().get(1);
        long rank = table.shape().rank();
        Variable ofRows = graph.elementwise("zeroslike", Derivative.NONE, rows);
        Variable zeros = graph.elementwise("zeroslike", Derivative.NONE, table);
        Variable rankOfTable = graph.make("rank", Derivative.NONE, table)
                .writes(Shape.SCALAR, DType.INT32)
                .output();
        Variable axis = graph.scalarConstant("axis", DType.INT32);
        Variable from = graph.scalarConstant("from", DType.INT32);
        Variable step = graph.scalarConstant("step", DType.INT32);
        Variable dimensions = graph.make("range", Derivative.NONE, from, rankOfTable, step)
                .writes(Shape.of(rank), DType.INT32)
                .output();
        Variable axisAsVector = graph.make("reshape", Derivative.NONE, axis)
                .writes(Shape.of(1L), DType.INT32)
                .output();
        Variable others = graph.make("listdiff", Derivative.NONE, dimensions, axisAsVector)
                .writes(Shape.of(rank - 1), DType.INT32)
                .writes(Shape.of(rank - 1), DType.INT32)
                .output();
        Variable permutation = graph.make("concat", Derivative.NONE, axisAsVector, others)
                .writes(Shape.of(rank), DType.INT32)
                .output();
        Variable inverse = graph.elementwise("invert_permutation", Derivative.NONE, permutation);
        Variable permutedGradient = graph.elementwise("permute", Derivative.NONE, gradient, permutation);
        Variable permutedZeros = graph.elementwise("permute", Derivative.NONE, zeros, permutation);
        Variable scattered = graph.elementwise("scatter_add", Derivative.NONE, permutedZeros, rows, permutedGradient);
        Variable back = graph.elementwise("permute", Derivative.NONE, scattered, inverse);
        return List.of(back, ofRows);
    }
}
