package dev.headroom.model.samediff.graph;

import java.util.List;

/** How an operation is differentiated: ND4J's {@code doDiff}. */
@FunctionalInterface
interface Derivative {
    /** For what no gradient passes through. */
    Derivative NONE = (graph, operation, gradient) -> List.of();

    /**
     * Makes the operations that compute the gradients of an operation's inputs.
     *
     * @param gradient the gradient of its output
     * @return gradients of its first inputs, in order
     */
    List<Variable> of(SizeGraph graph, Operation operation, Variable gradient);
}
