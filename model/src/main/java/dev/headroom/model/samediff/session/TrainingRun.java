package dev.headroom.model.samediff.session;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.program.Phase;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.samediff.graph.Graph;
import dev.headroom.model.samediff.graph.Operation;
import dev.headroom.model.samediff.graph.SizeGraph;
import dev.headroom.model.samediff.graph.Variable;
import dev.headroom.model.training.OptimizerKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Training as SameDiff does it: all arrays and all optimizer state first, then in each step the operations of forward and
 * backward pass. A parameter is updated in place as soon as its gradient is there; every gradient lives until the step
 * ends.
 *
 * <p>Source: ND4J 1.0.0-M1.1, {@code SameDiff.initializeTraining}, {@code TrainingSession.trainingIteration}.
 */
public final class TrainingRun {
    /** The operation with which the backward pass begins. */
    private static final String FIRST_OF_BACKWARD = "sparse_softmax_cross_entropy_loss_with_logits_grad";

    private final SizeGraph graph;
    private final Variable loss;
    private final ProgramRecorder recorder;
    private final Options options;
    private final String lossModule;
    private final String headModule;

    /**
     * How it trains.
     *
     * @param optimizer the updater
     * @param memory where arrays come from
     * @param scratch whether arrays that libnd4j makes on CUDA within an operation count
     * @param steps training steps
     */
    public record Options(OptimizerKind optimizer, Memory memory, boolean scratch, int steps) {}

    /**
     * Where arrays come from.
     *
     * @param cached whether released arrays are kept, as ND4J does unless told otherwise, and weights are held twice
     * @param cacheLimit bytes the cache may hold
     */
    public record Memory(boolean cached, long cacheLimit) {
        /** Arrays are closed as soon as nothing needs them. */
        public static final Memory CLOSING = new Memory(false, 0);
    }

    /**
     * @param graph a network with its gradients
     * @param loss the loss of each token
     */
    public TrainingRun(SizeGraph graph, Variable loss, ProgramRecorder recorder, Options options, String headModule) {
        this.graph = graph;
        this.loss = loss;
        this.recorder = recorder;
        this.options = options;
        this.lossModule = loss.module();
        this.headModule = headModule;
    }

    /** Records it. */
    public void record() {
        List<Variable> gradients = load();
        Set<Variable> requested = new HashSet<>(gradients);
        if (!options.memory().cached()) {
            requested.add(loss); // SameDiff.fit computes only what a gradient needs, and shows a loss of 0.
        }
        List<Schedule.Step> schedule = Schedule.of(graph, requested);
        Map<Variable, Category> categories = categories(schedule, new HashSet<>(gradients));
        ArrayMemory memory = options.memory().cached()
                ? new CachingMemory(recorder, options.memory().cacheLimit())
                : new ClosingMemory(recorder);
        for (int i = 0; i < options.steps(); i++) {
            step(schedule, categories, memory);
        }
    }

    /** Arrays that are there before the first step. */
    private List<Variable> load() {
        List<Variable> gradients = new ArrayList<>();
        for (Variable variable : graph.given()) {
            if (variable.kind() != Variable.Kind.PLACEHOLDER) {
                loadArray(variable);
            }
        }
        recorder.mark(null, null);
        for (Variable variable : graph.given()) {
            if (variable.kind() == Variable.Kind.PLACEHOLDER) {
                allocate(Category.TRANSIENT, variable, variable.name());
            }
        }
        for (Variable variable : graph.given()) {
            Variable gradient = variable.gradient();
            if (variable.role() != null && gradient != null) {
                allocateState(variable);
                gradients.add(gradient);
            }
        }
        return gradients;
    }

    private void loadArray(Variable variable) {
        boolean weight = variable.role() != null || !variable.isTable();
        if (variable.hasOwnArray()) {
            allocate(weightCategory(variable), variable, weight ? "parameter" : "buffer");
        }
        // DeviceLocalNDArray keeps a copy for other devices, on a machine with one as well; ND4J's gradients have none.
        if (options.memory().cached() && variable.kind() != Variable.Kind.PLACEHOLDER && isOfNetwork(variable)) {
            allocate(weightCategory(variable), variable, "DeviceLocalNDArray");
        }
    }

    /** Whether it was made with the network: what is made with its gradients are single numbers. */
    private static boolean isOfNetwork(Variable variable) {
        return variable.shape().elements() > 1;
    }

    private static Category weightCategory(Variable variable) {
        Graph.Role role = variable.role();
        if (role == null) {
            return Category.FROZEN_WEIGHTS;
        }
        return role == Graph.Role.ADAPTER ? Category.ADAPTERS : Category.TRAINABLE_WEIGHTS;
    }

    /** One array [1, n] or [1, 2n] for each parameter, in the parameter's type. */
    private void allocateState(Variable parameter) {
        int copies = Updaters.stateOf(options.optimizer());
        if (copies > 0) {
            Shape state = Shape.of(Math.multiplyExact(parameter.shape().elements(), (long) copies));
            recorder.allocate(Category.OPTIMIZER_STATE, parameter.module(), "state view", state, parameter.type());
        }
    }

    private void allocate(Category category, Variable variable, String operation) {
        recorder.allocate(category, variable.module(), operation, variable.shape(), variable.type());
    }

    private Map<Variable, Category> categories(List<Schedule.Step> schedule, Set<Variable> gradients) {
        Set<Variable> saved = new HashSet<>();
        for (Schedule.Step step : schedule) {
            if (step.operation().isBackward()) {
                saved.addAll(step.operation().inputs());
            }
        }
        Map<Variable, Category> categories = new HashMap<>();
        for (Schedule.Step step : schedule) {
            for (Variable output : step.operation().outputs()) {
                categories.put(output, category(output, step.operation(), saved, gradients));
            }
        }
        return categories;
    }

    private Category category(Variable output, Operation operation, Set<Variable> saved, Set<Variable> gradients) {
        if (gradients.contains(output)) {
            return Category.GRADIENTS;
        }
        boolean ofHead = !operation.isBackward() && operation.module().equals(headModule);
        if (ofHead || operation.module().equals(lossModule)) {
            return Category.LOGITS_AND_LOSS;
        }
        return !operation.isBackward() && saved.contains(output) ? Category.SAVED_ACTIVATIONS : Category.TRANSIENT;
    }

    private void step(List<Schedule.Step> schedule, Map<Variable, Category> categories, ArrayMemory memory) {
        recorder.nextStep();
        recorder.mark(Figure.START, null);
        recorder.enter(Phase.FORWARD);
        for (Schedule.Step step : schedule) {
            Operation operation = step.operation();
            if (operation.name().equals(FIRST_OF_BACKWARD)) {
                recorder.mark(Figure.FORWARD_END, Figure.FORWARD_PEAK);
                recorder.enter(Phase.BACKWARD);
            }
            for (Variable output : operation.outputs()) {
                memory.allocate(output, categories.getOrDefault(output, Category.TRANSIENT));
            }
            if (options.scratch()) {
                holdScratch(operation);
            }
            step.released().forEach(memory::release);
        }
        recorder.mark(Figure.BACKWARD_END, Figure.BACKWARD_PEAK);
        recorder.enter(Phase.ZERO_GRAD);
        memory.endStep();
        recorder.mark(Figure.ZERO_GRAD_END, null);
    }

    private void holdScratch(Operation operation) {
        for (Operation.Scratch scratch : operation.scratch()) {
            int tensor = recorder.allocate(
                    Category.TRANSIENT,
                    operation.module(),
                    operation.name() + " on CUDA",
                    scratch.shape(),
                    scratch.type());
            recorder.free(tensor);
        }
    }
}
