package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One differentiable operation while it runs: inputs are saved before its output is allocated, outputs after. Temporary
 * inputs are used up when it returns.
 */
public final class Operation {
    private final Autograd autograd;
    private final String name;
    private final @Nullable Tensor[] inputs;
    private final @Nullable Node[] targets;
    private final boolean recorded;
    private final List<SavedTensor> saved = new ArrayList<>(4);
    private List<Tensor> captured = List.of();

    Operation(Autograd autograd, String name, @Nullable Tensor... inputs) {
        this.autograd = autograd;
        this.name = name;
        this.inputs = inputs;
        this.targets = new Node[inputs.length];
        boolean any = false;
        if (autograd.isGradientEnabled()) {
            for (int i = 0; i < inputs.length; i++) {
                Tensor input = inputs[i];
                if (input != null && input.requiresGradient()) {
                    targets[i] = autograd.nodeOf(input);
                    any = true;
                }
            }
        }
        this.recorded = any;
    }

    /** Whether the gradient of input {@code input} will be asked for. */
    public boolean needs(int input) {
        return targets[input] != null;
    }

    /** Whether any gradient will be asked for. */
    public boolean isRecorded() {
        return recorded;
    }

    /** Saves a tensor for backward; {@code null} keeps its place empty. */
    public Operation saves(@Nullable Tensor tensor) {
        if (recorded) {
            saved.add(tensor == null ? SavedTensor.NONE : autograd.save(tensor, name));
        }
        return this;
    }

    /** Holds tensors as long as the node exists. */
    public Operation captures(List<Tensor> tensors) {
        if (recorded) {
            tensors.forEach(autograd::retain);
            captured = List.copyOf(tensors);
        }
        return this;
    }

    /** Allocates device memory under the operation's name. */
    public Tensor allocates(Shape shape, DType dtype) {
        return autograd.allocate(shape, dtype, name);
    }

    /** Allocates device memory whose order is that of the dimensions, or is not. */
    public Tensor allocates(Shape shape, DType dtype, boolean contiguous) {
        return autograd.allocate(shape, dtype, name, contiguous);
    }

    /** Ends the operation: {@code output} becomes part of the graph, temporaries among the inputs are used up. */
    public Tensor returns(Tensor output, Backward backward) {
        if (recorded) {
            Node node = autograd.newNode(name, edges(), backward);
            node.saved = saved.toArray(SavedTensor[]::new);
            node.captured = captured;
            attach(output, node, 0);
        }
        useUpInputs();
        return output;
    }

    /** Ends an operation of several outputs. */
    public Tensor[] returnsAll(Tensor[] outputs, Backward backward) {
        if (recorded) {
            Node node = autograd.newNode(name, edges(), backward);
            node.arrived = new Tensor[outputs.length];
            node.saved = saved.toArray(SavedTensor[]::new);
            for (int i = 0; i < outputs.length; i++) {
                attach(outputs[i], node, i);
            }
        }
        useUpInputs();
        return outputs;
    }

    private static void attach(Tensor output, Node node, int outputNumber) {
        output.gradientFunction = node;
        output.outputNumber = outputNumber;
        node.references++;
    }

    private Node.@Nullable Edge[] edges() {
        Node.@Nullable Edge[] edges = new Node.Edge[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            Tensor input = inputs[i];
            Node target = targets[i];
            if (input != null && target != null) {
                edges[i] = new Node.Edge(target, input.outputNumber, input.shape, input.dtype);
                target.references++;
            }
        }
        return edges;
    }

    private void useUpInputs() {
        for (int i = 0; i < inputs.length; i++) {
            Tensor input = inputs[i];
            if (input != null && input.temporary) {
                input.temporary = false;
                autograd.release(input);
            }
        }
    }
}
