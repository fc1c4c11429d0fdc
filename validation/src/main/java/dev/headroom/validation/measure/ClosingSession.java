package dev.headroom.validation.measure;

import dev.headroom.model.architecture.Family;
import dev.headroom.model.program.Category;
import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.validation.network.TrainableNetwork;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.internal.FrameIter;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.TrainingSession;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * ND4J's training session with three differences: operations run in a fixed order, the loss is computed, and each array is
 * entered in books under what it is for.
 */
final class ClosingSession extends TrainingSession {
    /** The operation with which the backward pass begins. */
    static final String FIRST_OF_BACKWARD = "sparse_softmax_cross_entropy_loss_with_logits_grad";

    private final TrainableNetwork network;
    private final ArrayBooks books;
    private final Consumer<String> observer;
    private @Nullable Set<String> saved;

    /**
     * @param observer hears the name of each kind of operation before it runs
     */
    ClosingSession(TrainableNetwork network, ArrayBooks books, Consumer<String> observer) {
        super(network.gradients());
        this.network = network;
        this.books = books;
        this.observer = observer;
        setMmgr(books);
        OrderedTracker.replaceIn(this);
    }

    /** How many operations a step has; 0 before the first. */
    int operations() {
        return subgraphOps.size();
    }

    @Override
    public Map<String, INDArray> output(
            List<String> variables,
            Map<String, INDArray> placeholders,
            MultiDataSet batch,
            Collection<String> required,
            List<Listener> listeners,
            At at) {
        List<String> withLoss = new ArrayList<>(variables);
        withLoss.addAll(lossVarsToLossIdx.keySet());
        saved = null;
        return super.output(withLoss, placeholders, batch, required, listeners, at);
    }

    @Override
    public Pair<SameDiffOp, OpContext> getAndParameterizeOp(
            String name,
            FrameIter frame,
            Set<VarId> inputs,
            Set<VarId> allIterationInputs,
            Set<String> constants,
            Map<String, INDArray> placeholders,
            Set<String> required) {
        SameDiffOp operation = operation(name);
        observer.accept(operation.getOp().opName());
        books.expect(categories(operation));
        return super.getAndParameterizeOp(name, frame, inputs, allIterationInputs, constants, placeholders, required);
    }

    private SameDiffOp operation(String name) {
        return Objects.requireNonNull(sameDiff.getOps().get(name), name);
    }

    private List<Category> categories(SameDiffOp operation) {
        return operation.getOutputsOfOp().stream()
                .map(output -> category(operation, output))
                .toList();
    }

    private Category category(SameDiffOp operation, String output) {
        if (gradVarToVarMap.containsKey(output)) {
            return Category.GRADIENTS;
        }
        String kind = operation.getOp().opName();
        @Nullable String module = network.modules().get(operation.getName());
        if (kind.equals(FIRST_OF_BACKWARD) || LlamaNetwork.LOSS.equals(module) || Family.HEAD.equals(module)) {
            return Category.LOGITS_AND_LOSS;
        }
        return module != null && saved().contains(output) ? Category.SAVED_ACTIVATIONS : Category.TRANSIENT;
    }

    /** What an operation of the backward pass reads. */
    private Set<String> saved() {
        Set<String> known = saved;
        if (known == null) {
            known = new HashSet<>();
            for (String name : subgraphOps) {
                if (!network.modules().containsKey(name)) {
                    known.addAll(operation(name).getInputsToOp());
                }
            }
            saved = known;
        }
        return known;
    }

    /** Forgets the arrays of a step, which have been closed. */
    void clear() {
        getNodeOutputs().clear();
        getArrayUseTracker().clear();
    }
}
