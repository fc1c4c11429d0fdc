package dev.headroom.model.samediff.session;

import dev.headroom.model.samediff.graph.Operation;
import dev.headroom.model.samediff.graph.SizeGraph;
import dev.headroom.model.samediff.graph.Variable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The order in which a session executes operations, and which arrays it releases after each.
 *
 * <p>What is ready runs first come, first served. Of several operations that one makes ready at the same time, ND4J takes the
 * order of a hash set, which differs from process to process; here, and in the validation's own loop, it is the order in
 * which they were seen.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code AbstractSession.output}, {@code InferenceSession.getOutputs},
 * {@code AbstractDependencyTracker}.
 */
final class Schedule {
    private final Set<Operation> needed = new HashSet<>();
    private final Set<Variable> requested;
    private final Deque<Object> ready = new ArrayDeque<>();
    private final Set<Object> satisfied = new HashSet<>();
    private final Set<Operation> known = new HashSet<>();
    private final Map<Object, Set<Operation>> waiting = new HashMap<>();
    private final Map<Variable, Set<Operation>> pendingReaders = new LinkedHashMap<>();
    private final List<Step> steps = new ArrayList<>();

    /**
     * One operation.
     *
     * @param operation what runs
     * @param released arrays that nothing needs once it has run
     */
    record Step(Operation operation, List<Variable> released) {}

    private Schedule(Collection<Variable> requested) {
        this.requested = new HashSet<>(requested);
    }

    /** Schedules what is needed to compute the requested variables. */
    static List<Step> of(SizeGraph graph, Collection<Variable> requested) {
        Schedule schedule = new Schedule(requested);
        schedule.findNeeded();
        schedule.run(graph);
        return List.copyOf(schedule.steps);
    }

    private void findNeeded() {
        Deque<Variable> open = new ArrayDeque<>(requested);
        while (!open.isEmpty()) {
            Operation producer = open.remove().producer();
            if (producer != null && needed.add(producer)) {
                open.addAll(producer.inputs());
            }
        }
    }

    private void run(SizeGraph graph) {
        graph.given().stream()
                .filter(variable -> variable.kind() != Variable.Kind.PLACEHOLDER)
                .forEach(ready::add);
        graph.given().stream()
                .filter(variable -> variable.kind() == Variable.Kind.PLACEHOLDER)
                .forEach(ready::add);
        graph.operations().stream()
                .filter(operation -> operation.inputs().isEmpty() && needed.contains(operation))
                .forEach(ready::add);
        while (!ready.isEmpty()) {
            Object next = ready.remove();
            if (next instanceof Operation operation) {
                execute(operation);
                operation.outputs().forEach(this::announce);
            } else if (next instanceof Variable variable) {
                announce(variable);
            }
            satisfied.add(next);
            for (Operation reader : waiting.getOrDefault(next, Set.of())) {
                if (reader.inputs().stream().map(Schedule::origin).allMatch(satisfied::contains)) {
                    ready.add(reader);
                }
            }
        }
    }

    /** An operation's outputs stay until their last needed reader has run; those that only unneeded ones read, for good. */
    private void execute(Operation operation) {
        List<Variable> released = new ArrayList<>();
        for (Variable output : operation.outputs()) {
            if (requested.contains(output)) {
                continue;
            }
            if (output.consumers().isEmpty()) {
                released.add(output);
                continue;
            }
            Set<Operation> readers = new HashSet<>(output.consumers());
            readers.retainAll(needed);
            if (!readers.isEmpty()) {
                pendingReaders.put(output, readers);
            }
        }
        for (Variable input : new LinkedHashSet<>(operation.inputs())) {
            Set<Operation> readers = pendingReaders.get(input);
            if (readers != null) {
                readers.remove(operation);
                if (readers.isEmpty()) {
                    pendingReaders.remove(input);
                    released.add(input);
                }
            }
        }
        steps.add(new Step(operation, List.copyOf(released)));
    }

    /** Readers of a variable wait from now on for all they read. */
    private void announce(Variable variable) {
        for (Operation reader : variable.consumers()) {
            if (needed.contains(reader) && known.add(reader)) {
                for (Variable input : reader.inputs()) {
                    waiting.computeIfAbsent(origin(input), key -> new LinkedHashSet<>())
                            .add(reader);
                }
            }
        }
    }

    private static Object origin(Variable variable) {
        return Objects.requireNonNullElse(variable.producer(), variable);
    }
}
