package dev.headroom.validation.network;

import dev.headroom.model.program.Category;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.samediff.graph.Filling;
import dev.headroom.model.samediff.graph.Graph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's own graph, with arrays: what trains. Remembers for which module each operation and array was made. */
public final class Nd4jGraph implements Graph<SDVariable> {
    private final SameDiff sameDiff;
    private final Arrays arrays;
    private final Map<String, String> modules = new HashMap<>();
    private final Map<String, Category> categories = new HashMap<>();
    private final Map<String, INDArray> constants = new HashMap<>();
    private String module = "";
    private int uses;

    /**
     * @param sameDiff an empty graph
     * @param seed what random weights depend on
     */
    public Nd4jGraph(SameDiff sameDiff, long seed) {
        this.sameDiff = sameDiff;
        this.arrays = new Arrays(seed);
    }

    /** The module that an operation of the forward pass was made for, by the operation's name. */
    public Map<String, String> modules() {
        return Map.copyOf(modules);
    }

    /** What each array that was made here is, by the variable's name; other names of an array are left out. */
    public Map<String, Category> categories() {
        return Map.copyOf(categories);
    }

    @Override
    public void enter(String entered) {
        module = entered;
    }

    @Override
    public SDVariable placeholder(String name, Shape shape, DType type) {
        return sameDiff.placeHolder(name, type(type), dimensions(shape));
    }

    @Override
    public SDVariable constant(String name, Shape shape, DType type, Filling filling) {
        INDArray array = arrays.make(dimensions(shape), type(type), filling);
        SDVariable constant = sameDiff.constant(path(name), array);
        constants.put(constant.name(), array);
        categories.put(constant.name(), Category.FROZEN_WEIGHTS);
        return constant;
    }

    @Override
    public SDVariable variable(String name, Shape shape, DType type, Filling filling, Role role) {
        SDVariable variable = sameDiff.var(path(name), arrays.make(dimensions(shape), type(type), filling));
        categories.put(variable.name(), role == Role.ADAPTER ? Category.ADAPTERS : Category.TRAINABLE_WEIGHTS);
        return variable;
    }

    @Override
    public SDVariable again(SDVariable constant) {
        INDArray array = constants.get(constant.name());
        if (array == null) {
            throw new IllegalArgumentException("constant (%s) is none that was made here".formatted(constant.name()));
        }
        return sameDiff.constant(constant.name() + "." + ++uses, array);
    }

    @Override
    public SDVariable gather(SDVariable table, SDVariable rows) {
        return made(sameDiff.gather(table, rows, 0));
    }

    @Override
    public SDVariable matmul(SDVariable left, SDVariable right, boolean transposeRight) {
        return made(sameDiff.mmul(left, right, false, transposeRight, false));
    }

    @Override
    public SDVariable matmulFrozen(SDVariable left, SDVariable frozen, boolean transposeRight) {
        return made(new FrozenMatmul(sameDiff, left, frozen, transposeRight).outputVariable());
    }

    @Override
    public SDVariable add(SDVariable left, SDVariable right) {
        return made(left.add(right));
    }

    @Override
    public SDVariable subtract(SDVariable left, SDVariable right) {
        return made(left.sub(right));
    }

    @Override
    public SDVariable multiply(SDVariable left, SDVariable right) {
        return made(left.mul(right));
    }

    @Override
    public SDVariable divide(SDVariable left, SDVariable right) {
        return made(left.div(right));
    }

    @Override
    public SDVariable scale(SDVariable x, double factor) {
        return made(x.mul(factor));
    }

    @Override
    public SDVariable shift(SDVariable x, double term) {
        return made(x.add(term));
    }

    @Override
    public SDVariable square(SDVariable x) {
        return made(sameDiff.math().square(x));
    }

    @Override
    public SDVariable squareRoot(SDVariable x) {
        return made(sameDiff.math().sqrt(x));
    }

    @Override
    public SDVariable meanOfLast(SDVariable x) {
        return made(x.mean(true, -1));
    }

    @Override
    public SDVariable reshape(SDVariable x, Shape shape) {
        return made(x.reshape(dimensions(shape)));
    }

    @Override
    public SDVariable permute(SDVariable x, int... dimensions) {
        return made(x.permute(dimensions));
    }

    @Override
    public SDVariable slice(SDVariable x, List<Long> begin, Shape size) {
        int[] from = begin.stream().mapToInt(Math::toIntExact).toArray();
        int[] lengths = java.util.Arrays.stream(dimensions(size))
                .mapToInt(Math::toIntExact)
                .toArray();
        return made(sameDiff.slice(x, from, lengths));
    }

    @Override
    public SDVariable concatenate(SDVariable first, SDVariable second) {
        return made(sameDiff.concat(first.getShape() == null ? 3 : first.getShape().length - 1, first, second));
    }

    @Override
    public SDVariable softmax(SDVariable x) {
        return made(sameDiff.nn().softmax(x, -1));
    }

    @Override
    public SDVariable swish(SDVariable x) {
        return made(sameDiff.nn().swish(x));
    }

    @Override
    public SDVariable bernoulli(Shape shape, DType type, double probability) {
        return made(sameDiff.random().bernoulli(probability, type(type), dimensions(shape)));
    }

    @Override
    public SDVariable cast(SDVariable x, DType type) {
        return made(x.castTo(type(type)));
    }

    @Override
    public SDVariable crossEntropy(SDVariable logits, SDVariable labels) {
        return made(sameDiff.loss().sparseSoftmaxCrossEntropy(logits, labels));
    }

    private SDVariable made(SDVariable output) {
        Variable variable = Objects.requireNonNull(sameDiff.getVariables().get(output.name()));
        modules.put(variable.getOutputOfOp(), module);
        return output;
    }

    private String path(String name) {
        return module + "." + name;
    }

    private static long[] dimensions(Shape shape) {
        return IntStream.range(0, shape.rank())
                .mapToObj(shape::dimension)
                .mapToLong(Extent::value)
                .toArray();
    }

    static DataType type(DType type) {
        return switch (type) {
            case FLOAT32 -> DataType.FLOAT;
            case FLOAT16 -> DataType.FLOAT16;
            case BFLOAT16 -> DataType.BFLOAT16;
            case INT32 -> DataType.INT32;
            case INT64 -> DataType.INT64;
            default -> throw new IllegalArgumentException("type (%s) has no counterpart in ND4J".formatted(type));
        };
    }
}
