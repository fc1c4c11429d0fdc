package dev.headroom.model.samediff.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Adds the operations that compute gradients to a graph, in the order in which ND4J adds them.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code SameDiff.createGradFunction} and {@code DifferentialFunction.diff}.
 */
public final class Gradients {
    private final SizeGraph graph;
    private final Set<Variable> needed = new HashSet<>();
    private final Map<Variable, List<Operation>> readers = new HashMap<>();
    private final Set<Operation> differentiated = new HashSet<>();

    private Gradients(SizeGraph graph) {
        this.graph = graph;
    }

    /**
     * Differentiates the sum of {@code loss} with respect to every variable that trains. Then each of these has a
     * gradient.
     */
    public static void add(SizeGraph graph, Variable loss) {
        new Gradients(graph).differentiate(loss);
    }

    private void differentiate(Variable loss) {
        findNeeded(loss);
        for (Variable variable : needed) {
            readers.put(
                    variable,
                    variable.consumers().stream()
                            .filter(reader -> reader.outputs().stream().anyMatch(needed::contains))
                            .toList());
        }
        graph.beginBackward();
        graph.enter("loss");
        Variable seed = graph.seed();
        Variable sum = graph.sum(loss);
        sum.setGradient(seed);
        Deque<Operation> ready = new ArrayDeque<>();
        Optional.ofNullable(sum.producer()).ifPresent(ready::add);
        while (!ready.isEmpty()) {
            Operation operation = ready.remove();
            differentiate(operation);
            for (Variable input : operation.inputs()) {
                Operation producer = input.producer();
                if (producer != null
                        && !differentiated.contains(producer)
                        && !ready.contains(producer)
                        && producer.inputs().stream().anyMatch(needed::contains)
                        && producer.outputs().stream().allMatch(this::isGradientComplete)) {
                    ready.add(producer);
                }
            }
        }
        graph.enter("loss");
        graph.result();
    }

    /** The variables on a path of floating-point numbers from one that trains to the loss. */
    private void findNeeded(Variable loss) {
        Map<Variable, Boolean> reached = new HashMap<>();
        leadsToTrained(loss, reached);
    }

    /** Walks from an output towards inputs without recursion, since a network is thousands of operations deep. */
    private void leadsToTrained(Variable loss, Map<Variable, Boolean> reached) {
        for (Variable variable : graph.given()) {
            if (variable.kind() == Variable.Kind.VARIABLE) {
                reached.put(variable, true);
            }
        }
        for (Operation operation : graph.operations()) {
            boolean any = operation.inputs().stream().anyMatch(input -> reached.getOrDefault(input, false));
            for (Variable output : operation.outputs()) {
                reached.put(output, any && output.type().isFloatingPoint());
            }
        }
        Deque<Variable> open = new ArrayDeque<>(List.of(loss));
        while (!open.isEmpty()) {
            Variable variable = open.remove();
            if (reached.getOrDefault(variable, false) && needed.add(variable)) {
                Optional.ofNullable(variable.producer()).ifPresent(producer -> open.addAll(producer.inputs()));
            }
        }
    }

    private void differentiate(Operation operation) {
        differentiated.add(operation);
        Variable arrived = operation.output().gradient();
        if (arrived == null) {
            throw new IllegalStateException("no gradient of %s yet".formatted(operation));
        }
        graph.enter(operation.module());
        List<Variable> gradients = operation.derivative().of(graph, operation, arrived);
        for (int i = 0; i < gradients.size(); i++) {
            Variable input = operation.inputs().get(i);
            Variable before = input.gradient();
            input.setGradient(before == null ? gradients.get(i) : graph.add(before, gradients.get(i)));
        }
    }

    /** Whether every reader of a variable has been differentiated, so that its gradient has all its parts. */
    private boolean isGradientComplete(Variable variable) {
        return !needed.contains(variable)
                || (variable.gradient() != null
                        && differentiated.containsAll(readers.getOrDefault(variable, List.of())));
    }
}
