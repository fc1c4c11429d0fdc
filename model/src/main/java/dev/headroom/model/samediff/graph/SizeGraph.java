package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A graph of sizes: which operations there are, what they read, and the shape of what they write. Every output is an array
 * of its own; ND4J has no views in a graph.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code SDVariable} and {@code SDBaseOps}: the operation each of these methods makes.
 */
public final class SizeGraph implements Graph<Variable> {
    private final List<Variable> given = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private String module = "";
    private boolean backward;

    /** Constants, variables that train and placeholders, in the order in which they were made. */
    public List<Variable> given() {
        return Collections.unmodifiableList(given);
    }

    /** Every operation, in the order in which it was made. */
    public List<Operation> operations() {
        return Collections.unmodifiableList(operations);
    }

    @Override
    public void enter(String entered) {
        module = entered;
    }

    /** What is made from now on computes gradients. */
    void beginBackward() {
        backward = true;
    }

    @Override
    public Variable placeholder(String name, Shape shape, DType type) {
        return give(Variable.placeholder(module, name, shape, type));
    }

    @Override
    public Variable constant(String name, Shape shape, DType type, Filling filling) {
        return give(Variable.constant(module, name, shape, type, filling.isTable()));
    }

    /** A number that ND4J keeps as a constant. */
    Variable scalarConstant(String name, DType type) {
        return give(Variable.constant(module, name, Shape.SCALAR, type, true));
    }

    @Override
    public Variable variable(String name, Shape shape, DType type, Filling filling, Role role) {
        return give(Variable.trained(module, name, shape, type, role));
    }

    /** The gradient of the loss, from which backpropagation starts: a variable, but none that trains. */
    Variable seed() {
        return give(Variable.trained("loss", "one-var", Shape.SCALAR, DType.FLOAT32, null));
    }

    /** What the function of gradients pretends to return: one number, that nothing reads. */
    void result() {
        give(Variable.trained("loss", "grad", Shape.of(1L), DType.FLOAT32, null));
    }

    @Override
    public Variable again(Variable constant) {
        return give(Variable.again(constant));
    }

    @Override
    public Variable gather(Variable table, Variable rows) {
        Shape shape = Shape.of(rows.shape().dimension(0), table.shape().dimension(1));
        return make("gather", Derivatives::gather, table, rows)
                .writes(shape, table.type())
                .output();
    }

    @Override
    public Variable matmul(Variable left, Variable right, boolean transposeRight) {
        return product(
                transposeRight ? Derivatives::matmulTransposed : Derivatives::matmul, left, right, transposeRight);
    }

    @Override
    public Variable matmulFrozen(Variable left, Variable frozen, boolean transposeRight) {
        Derivative derivative = (graph, operation, gradient) ->
                List.of(graph.product(Derivative.NONE, gradient, frozen, !transposeRight));
        return product(derivative, left, frozen, transposeRight);
    }

    private Variable product(Derivative derivative, Variable left, Variable right, boolean transposeRight) {
        Shape shape = left.shape().withLast(right.shape().dimension(transposeRight ? -2 : -1));
        Operation operation = make("matmul", derivative, left, right).writes(shape, left.type());
        CudaScratch.ofProduct(operation, operation.output());
        return operation.output();
    }

    @Override
    public Variable add(Variable left, Variable right) {
        return pairwise("add", Derivatives.ofBoth("add_bp"), left, right);
    }

    @Override
    public Variable subtract(Variable left, Variable right) {
        return pairwise("subtract", Derivatives.ofBoth("subtract_bp"), left, right);
    }

    @Override
    public Variable multiply(Variable left, Variable right) {
        return pairwise("multiply", Derivatives.ofBoth("multiply_bp"), left, right);
    }

    @Override
    public Variable divide(Variable left, Variable right) {
        return pairwise("divide", Derivatives.ofBoth("divide_bp"), left, right);
    }

    private Variable pairwise(String name, Derivative derivative, Variable left, Variable right) {
        Shape shape = Shape.broadcast(left.shape(), right.shape());
        return make(name, derivative, left, right).writes(shape, left.type()).output();
    }

    @Override
    public Variable scale(Variable x, double factor) {
        return elementwise("mul_scalar", (graph, operation, gradient) -> List.of(graph.scale(gradient, factor)), x);
    }

    @Override
    public Variable shift(Variable x, double term) {
        return elementwise("add_scalar", (graph, operation, gradient) -> List.of(gradient), x);
    }

    @Override
    public Variable square(Variable x) {
        return elementwise("square", Derivatives::square, x);
    }

    @Override
    public Variable squareRoot(Variable x) {
        return elementwise("sqrt", Derivatives::squareRoot, x);
    }

    @Override
    public Variable softmax(Variable x) {
        return elementwise("softmax", Derivatives::softmax, x);
    }

    @Override
    public Variable swish(Variable x) {
        return elementwise("swish", Derivatives::swish, x);
    }

    /** An operation whose output has the shape and type of its first input. */
    Variable elementwise(String name, Derivative derivative, Variable... inputs) {
        return make(name, derivative, inputs)
                .writes(inputs[0].shape(), inputs[0].type())
                .output();
    }

    @Override
    public Variable meanOfLast(Variable x) {
        return make("reduce_mean", Derivatives::mean, x)
                .writes(x.shape().withLast(Extent.ONE), x.type())
                .output();
    }

    /** The sum of all elements. */
    Variable sum(Variable x) {
        return make("reduce_sum", Derivatives::sum, x)
                .writes(Shape.SCALAR, x.type())
                .output();
    }

    @Override
    public Variable reshape(Variable x, Shape shape) {
        return make("reshape", Derivatives::reshape, x).writes(shape, x.type()).output();
    }

    @Override
    public Variable permute(Variable x, int... dimensions) {
        Extent[] permuted = new Extent[dimensions.length];
        int[] inverse = new int[dimensions.length];
        for (int i = 0; i < dimensions.length; i++) {
            permuted[i] = x.shape().dimension(dimensions[i]);
            inverse[dimensions[i]] = i;
        }
        Derivative derivative = (graph, operation, gradient) -> List.of(graph.permute(gradient, inverse));
        return make("permute", derivative, x)
                .writes(Shape.of(permuted), x.type())
                .output();
    }

    @Override
    public Variable slice(Variable x, List<Long> begin, Shape size) {
        return make("slice", Derivatives::slice, x).writes(size, x.type()).output();
    }

    @Override
    public Variable concatenate(Variable first, Variable second) {
        Extent last = first.shape().dimension(-1).plus(second.shape().dimension(-1));
        return make("concat", Derivatives::concatenate, first, second)
                .writes(first.shape().withLast(last), first.type())
                .output();
    }

    @Override
    public Variable bernoulli(Shape shape, DType type, double probability) {
        return make("distribution_bernoulli", Derivative.NONE)
                .writes(shape, type)
                .output();
    }

    @Override
    public Variable cast(Variable x, DType type) {
        Derivative derivative = (graph, operation, gradient) -> List.of(graph.cast(gradient, x.type()));
        return make("cast", derivative, x).writes(x.shape(), type).output();
    }

    @Override
    public Variable crossEntropy(Variable logits, Variable labels) {
        Operation operation =
                make("sparse_softmax_cross_entropy_loss_with_logits", Derivatives::crossEntropy, labels, logits);
        operation.writes(labels.shape(), logits.type());
        CudaScratch.ofCrossEntropy(operation, logits);
        return operation.output();
    }

    /** Adds an operation. */
    Operation make(String name, Derivative derivative, Variable... inputs) {
        Operation operation = new Operation(name, module, backward, derivative, List.of(inputs));
        operations.add(operation);
        return operation;
    }

    private Variable give(Variable variable) {
        given.add(variable);
        return variable;
    }
}
