package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A variable of a graph: an array that is there from the start, or an output of an operation. */
public final class Variable {
    /** SameDiff's types of variables. */
    public enum Kind {
        CONSTANT,
        VARIABLE,
        PLACEHOLDER,
        ARRAY
    }

    private final Kind kind;
    private final String module;
    private final String name;
    private final Shape shape;
    private final DType type;
    private final Graph.@Nullable Role role;
    private final boolean table;
    private final @Nullable Variable original;
    private final @Nullable Operation producer;
    private final List<Operation> consumers = new ArrayList<>();
    private @Nullable Variable gradient;

    private Variable(
            Kind kind,
            String module,
            String name,
            Shape shape,
            DType type,
            Graph.@Nullable Role role,
            boolean table,
            @Nullable Variable original,
            @Nullable Operation producer) {
        this.kind = kind;
        this.module = module;
        this.name = name;
        this.shape = shape;
        this.type = type;
        this.role = role;
        this.table = table;
        this.original = original;
        this.producer = producer;
    }

    static Variable constant(String module, String name, Shape shape, DType type, boolean table) {
        return new Variable(Kind.CONSTANT, module, name, shape, type, null, table, null, null);
    }

    static Variable trained(String module, String name, Shape shape, DType type, Graph.@Nullable Role role) {
        return new Variable(Kind.VARIABLE, module, name, shape, type, role, false, null, null);
    }

    static Variable placeholder(String module, String name, Shape shape, DType type) {
        return new Variable(Kind.PLACEHOLDER, module, name, shape, type, null, false, null, null);
    }

    static Variable again(Variable constant) {
        return new Variable(
                Kind.CONSTANT,
                constant.module,
                constant.name,
                constant.shape,
                constant.type,
                null,
                constant.table,
                constant,
                null);
    }

    static Variable output(Operation producer, Shape shape, DType type) {
        return new Variable(Kind.ARRAY, producer.module(), producer.name(), shape, type, null, false, null, producer);
    }

    public Kind kind() {
        return kind;
    }

    /** The module it was built for. */
    public String module() {
        return module;
    }

    /** Its name within the module; an output has its operation's. */
    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    public DType type() {
        return type;
    }

    /** What it is if it trains; null if it does not, or if it is the seed of backpropagation. */
    public Graph.@Nullable Role role() {
        return role;
    }

    /** Whether it is a table of computed values. */
    public boolean isTable() {
        return table;
    }

    /** Whether it is an array of its own, not another name of one. */
    public boolean hasOwnArray() {
        return original == null;
    }

    /** The operation it is an output of; null if it is there from the start. */
    public @Nullable Operation producer() {
        return producer;
    }

    /** The operations that read it, each once, in the order in which they were made. */
    public List<Operation> consumers() {
        return Collections.unmodifiableList(consumers);
    }

    void addConsumer(Operation operation) {
        if (!consumers.contains(operation)) {
            consumers.add(operation);
        }
    }

    /** Its gradient; null if it has none (yet). */
    public @Nullable Variable gradient() {
        return gradient;
    }

    void setGradient(Variable gradient) {
        this.gradient = gradient;
    }

    @Override
    public String toString() {
        return "%s.%s %s".formatted(module, name, shape);
    }
}
