package dev.headroom.model.samediff.graph;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;

/** An operation of a graph, with the variables it reads and writes. */
public final class Operation {
    private final String name;
    private final String module;
    private final boolean backward;
    private final Derivative derivative;
    private final List<Variable> inputs;
    private final List<Variable> outputs = new ArrayList<>();
    private final List<Scratch> scratch = new ArrayList<>();

    /** An array that the implementation on CUDA holds while the operation runs, beside inputs and outputs. */
    public record Scratch(Shape shape, DType type) {}

    Operation(String name, String module, boolean backward, Derivative derivative, List<Variable> inputs) {
        this.name = name;
        this.module = module;
        this.backward = backward;
        this.derivative = derivative;
        this.inputs = List.copyOf(inputs);
        new LinkedHashSet<>(inputs).forEach(input -> input.addConsumer(this));
    }

    Operation writes(Shape shape, DType type) {
        outputs.add(Variable.output(this, shape, type));
        return this;
    }

    Operation holds(Shape shape, DType type) {
        scratch.add(new Scratch(shape, type));
        return this;
    }

    /** ND4J's name of it, such as {@code matmul_bp}. */
    public String name() {
        return name;
    }

    /** The module whose forward or backward pass it is in. */
    public String module() {
        return module;
    }

    /** Whether differentiation made it. */
    public boolean isBackward() {
        return backward;
    }

    Derivative derivative() {
        return derivative;
    }

    public List<Variable> inputs() {
        return inputs;
    }

    public List<Variable> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** The only output. */
    Variable output() {
        return outputs.get(0);
    }

    /** Arrays that it holds while it runs on CUDA, one after the other. */
    public List<Scratch> scratch() {
        return Collections.unmodifiableList(scratch);
    }

    @Override
    public String toString() {
        return name + " in " + module;
    }
}
