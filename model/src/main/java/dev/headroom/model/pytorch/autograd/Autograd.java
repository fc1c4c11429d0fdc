package dev.headroom.model.pytorch.autograd;

import dev.headroom.model.program.Category;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The engine: allocates tensors, counts references, builds the backward graph and runs it in PyTorch's order. Every
 * allocation and release goes to a {@link ProgramRecorder}.
 *
 * <p>Source of its rules: PyTorch 2.11, {@code torch/csrc/autograd/engine.cpp}, {@code input_buffer.cpp},
 * {@code functions/accumulate_grad.h}, {@code saved_variable.cpp}. Not safe for use by several threads.
 */
public final class Autograd {
    private final ProgramRecorder recorder;
    private final Reduction reduction;
    private final Autocast autocast = new Autocast(this);
    private final Deque<String> modules = new ArrayDeque<>();
    private final Deque<SavedTensor.Hook> hooks = new ArrayDeque<>();
    private final List<Tensor> watched = new ArrayList<>();
    private boolean watching;
    private boolean gradientEnabled = true;
    private Category category = Category.TRANSIENT;
    private long sequence;
    private boolean backwardThread;

    /**
     * @param multiprocessors streaming multiprocessors of the card, which decide how sums are split
     * @param threadsPerMultiprocessor most resident threads of one of them
     */
    public Autograd(ProgramRecorder recorder, int multiprocessors, int threadsPerMultiprocessor) {
        this.recorder = recorder;
        this.reduction = new Reduction(this, multiprocessors, threadsPerMultiprocessor);
        modules.push("");
    }

    public ProgramRecorder recorder() {
        return recorder;
    }

    /** The state of {@code torch.autocast}. */
    public Autocast autocast() {
        return autocast;
    }

    // ---- allocation and references

    /** Allocates a tensor; it is a temporary until it gets a name. */
    public Tensor allocate(Shape shape, DType dtype, String operation) {
        return allocate(shape, dtype, operation, true);
    }

    /** Allocates a tensor whose order in memory is that of its dimensions, or is not. */
    public Tensor allocate(Shape shape, DType dtype, String operation, boolean contiguous) {
        int number = recorder.allocate(category, modules.getFirst(), operation, shape, dtype);
        return watch(new Tensor(shape, dtype, new Storage(number, category), false, contiguous));
    }

    /** Allocates a tensor of a given category that nobody differentiates: weights, optimizer state, workspaces. */
    public Tensor allocate(Shape shape, DType dtype, String operation, Category of) {
        int number = recorder.allocate(of, modules.getFirst(), operation, shape, dtype);
        return watch(new Tensor(shape, dtype, new Storage(number, of), false, true));
    }

    /** Allocates a tensor that belongs to {@code parameter}, in whose module it is booked. */
    public Tensor allocateFor(Tensor parameter, Shape shape, DType dtype, String operation, Category of) {
        modules.push(moduleOf(parameter));
        Tensor tensor = allocate(shape, dtype, operation, of);
        modules.pop();
        return tensor;
    }

    /** Path of the module in which a tensor was allocated. */
    public String moduleOf(Tensor tensor) {
        return recorder.origin(tensor.storage.tensor).module();
    }

    /** A view: another shape of the same memory. */
    public Tensor alias(Tensor tensor, Shape shape) {
        return alias(tensor, shape, tensor.contiguous);
    }

    /** A view whose order in memory is that of its dimensions, or is not. */
    public Tensor alias(Tensor tensor, Shape shape, boolean contiguous) {
        tensor.storage.references++;
        Tensor view = new Tensor(shape, tensor.dtype, tensor.storage, true, contiguous);
        view.loose = tensor.loose;
        return watch(view);
    }

    /** A view whose elements are not neighbours in memory, each once. */
    public Tensor looseAlias(Tensor tensor, Shape shape) {
        Tensor view = alias(tensor, shape, false);
        view.loose = true;
        return view;
    }

    /** {@code tensor.detach()}: another tensor of the same memory, which counts as no view. */
    public Tensor detached(Tensor tensor) {
        tensor.storage.references++;
        return watch(new Tensor(tensor.shape, tensor.dtype, tensor.storage, false, tensor.contiguous));
    }

    private Tensor watch(Tensor tensor) {
        if (watching) {
            watched.add(tensor);
        }
        return tensor;
    }

    /** Adds a reference to a tensor. */
    public void retain(Tensor tensor) {
        tensor.references++;
    }

    /** Takes a reference away; the last one frees the tensor. */
    public void release(Tensor tensor) {
        if (tensor.references <= 0) {
            throw new IllegalStateException("released too often: " + tensor);
        }
        if (--tensor.references == 0) {
            tensor.temporary = false;
            Node node = tensor.gradientFunction;
            release(tensor.storage);
            Tensor gradient = tensor.gradient;
            if (gradient != null) {
                tensor.gradient = null;
                release(gradient);
            }
            if (node != null) {
                release(node);
            }
        }
    }

    /** Takes a temporary over: it lives until {@link #release}. */
    public Tensor own(Tensor temporary) {
        temporary.temporary = false;
        return temporary;
    }

    /** Uses up a temporary, as an operation does with its arguments. */
    public void useUp(Tensor tensor) {
        if (tensor.temporary) {
            release(tensor);
        }
    }

    void release(Storage storage) {
        if (--storage.references == 0) {
            recorder.free(storage.tensor);
        }
    }

    private void release(Node node) {
        if (--node.references > 0) {
            return;
        }
        Deque<Node> dead = new ArrayDeque<>();
        dead.push(node);
        while (!dead.isEmpty()) {
            Node next = dead.pop();
            next.dropSaved(this);
            next.captured.forEach(this::release);
            for (Node.Edge edge : next.edges) {
                if (edge != null && --edge.node().references == 0) {
                    dead.push(edge.node());
                }
            }
            if (next instanceof AccumulateGrad accumulator) {
                accumulator.leaf.accumulator = null;
                release(accumulator.leaf);
            }
        }
    }

    /** How sums are computed. */
    public Reduction reduction() {
        return reduction;
    }

    // ---- modules and frames

    /** Opens the frame of a plain function. */
    public Frame frame() {
        return new Frame(this, false);
    }

    /** Opens the frame of a module's call. Its arguments stay referenced until the call returns. */
    public Frame enterModule(String path) {
        modules.push(path);
        return new Frame(this, true);
    }

    void leaveModule() {
        modules.pop();
    }

    /** Path of the module that is running. */
    public String module() {
        return modules.getFirst();
    }

    /** Runs {@code body} so that what it allocates, and the backward functions it records, are of a category. */
    public <T> T within(Category of, Supplier<T> body) {
        Category outer = category;
        category = of;
        try {
            return body.get();
        } finally {
            category = outer;
        }
    }

    // ---- building the graph

    public boolean isGradientEnabled() {
        return gradientEnabled;
    }

    /** Runs {@code body} with gradients on or off ({@code torch.enable_grad}, {@code torch.no_grad}). */
    public <T> T withGradient(boolean enabled, Supplier<T> body) {
        boolean outer = gradientEnabled;
        gradientEnabled = enabled;
        try {
            return body.get();
        } finally {
            gradientEnabled = outer;
        }
    }

    /** Begins a differentiable operation. */
    public Operation operation(String name, @Nullable Tensor... inputs) {
        return new Operation(this, name, inputs);
    }

    /** Makes a tensor a leaf whose gradient is accumulated ({@code requires_grad_()}). */
    public void requireGradient(Tensor leaf) {
        leaf.trainableLeaf = true;
    }

    Node nodeOf(Tensor tensor) {
        if (tensor.gradientFunction != null) {
            return tensor.gradientFunction;
        }
        AccumulateGrad accumulator = tensor.accumulator;
        if (accumulator == null) {
            accumulator = new AccumulateGrad(tensor);
            tensor.accumulator = accumulator;
            retain(tensor);
        }
        return accumulator;
    }

    Node newNode(String name, Node.@Nullable Edge[] edges, Backward backward) {
        return new Node(name, module(), category, ++sequence, edges, backward);
    }

    SavedTensor save(Tensor tensor, String holder) {
        SavedTensor.Hook hook = hooks.peek();
        if (hook != null) {
            return hook.pack(tensor);
        }
        markSaved(tensor, holder);
        countSaved(tensor);
        return new SavedTensor.Plain(tensor);
    }

    /** Saves a tensor with the function it came from, as Python's {@code save_for_backward} does. */
    SavedTensor saveWhole(Tensor tensor, String holder) {
        SavedTensor.Hook hook = hooks.peek();
        if (hook != null) {
            return hook.pack(tensor);
        }
        markSaved(tensor, holder);
        countSaved(tensor);
        return new SavedTensor.Whole(this, tensor);
    }

    /** Runs {@code body} under {@code torch.autograd.graph.save_on_cpu(pin_memory=True)}. */
    public <T> T savingOnHost(Supplier<T> body) {
        return withHook(tensor -> new SavedOnHost(this, tensor), body);
    }

    /** Counts a tensor among those that a saved-tensor hook around the whole forward pass would see. */
    void countSaved(Tensor tensor) {
        recorder.save(tensor.storage.tensor, module());
    }

    void markSaved(Tensor tensor, String holder) {
        Storage storage = tensor.storage;
        if (storage.category == Category.TRANSIENT) {
            storage.category = Category.SAVED_ACTIVATIONS;
            recorder.changeRole(storage.tensor, Category.SAVED_ACTIVATIONS, module(), holder);
        }
    }

    /**
     * Runs a call under non-reentrant gradient checkpointing.
     *
     * @param input the tensor the call is made with
     * @param captured other tensors the call uses; like the input they are kept until backward has run it again
     */
    public Tensor checkpoint(Tensor input, List<Tensor> captured, UnaryOperator<Tensor> call) {
        return Checkpoint.run(this, input, captured, call);
    }

    /**
     * Runs a call under reentrant gradient checkpointing.
     *
     * @param input the tensor the call is made with, whose gradient flows
     * @param arguments other tensors the call has as arguments by position
     * @param captured other tensors the call has by name
     */
    public Tensor checkpointReentrant(
            Tensor input, List<Tensor> arguments, List<Tensor> captured, UnaryOperator<Tensor> call) {
        return ReentrantCheckpoint.run(this, input, arguments, captured, call);
    }

    <T> T withHook(SavedTensor.Hook hook, Supplier<T> body) {
        hooks.push(hook);
        try {
            return body.get();
        } finally {
            hooks.pop();
        }
    }

    /** Runs {@code body}; if it is cut short, frees the temporaries it left, as Python does when an exception passes. */
    void cutShort(Runnable body) {
        boolean outer = watching;
        int mark = watched.size();
        watching = true;
        try {
            body.run();
        } catch (RecomputationDone done) {
            for (int i = watched.size() - 1; i >= mark; i--) {
                Tensor tensor = watched.get(i);
                if (tensor.temporary && tensor.references > 0) {
                    release(tensor);
                }
            }
        } finally {
            watching = outer;
            while (watched.size() > mark) {
                watched.remove(watched.size() - 1);
            }
        }
    }

    // ---- backward

    /** Whether autograd's own thread is running, which has its own cuBLAS handle. */
    public boolean isBackwardThread() {
        return backwardThread;
    }

    /** {@code loss.backward()}: the root gradient, a scalar, stays alive throughout. */
    public void backward(Tensor loss) {
        Tensor rootGradient = allocate(Shape.SCALAR, loss.dtype, "aten::ones_like");
        backward(loss, rootGradient);
        release(rootGradient);
    }

    /**
     * {@code torch.autograd.backward(root, gradient)}: the caller keeps its reference to {@code gradient}, of which the engine
     * holds a copy in the root's type until it is done, if that is another.
     */
    public void backward(Tensor root, Tensor gradient) {
        Node rootNode = nodeOf(root);
        rootNode.references++;
        boolean outerThread = backwardThread;
        Category outerCategory = category;
        backwardThread = true;
        boolean cast = gradient.dtype != root.dtype;
        Tensor first =
                cast ? own(allocate(gradient.shape, root.dtype, "aten::_to_copy", gradient.contiguous)) : gradient;
        retain(first);
        rootNode.arrived[root.outputNumber] = first;
        Node[] order = discover(rootNode);
        withGradient(false, () -> {
            run(rootNode);
            return order;
        });
        for (Node node : order) {
            node.discovered = false;
        }
        backwardThread = outerThread;
        category = outerCategory;
        if (cast) {
            release(first);
        }
        release(rootNode);
    }

    private static Node[] discover(Node root) {
        List<Node> found = new ArrayList<>();
        root.discovered = true;
        root.awaited = 0;
        found.add(root);
        for (int i = 0; i < found.size(); i++) {
            for (Node.Edge edge : found.get(i).edges) {
                if (edge != null) {
                    Node target = edge.node();
                    if (!target.discovered) {
                        target.discovered = true;
                        target.awaited = 0;
                        found.add(target);
                    }
                    target.awaited++;
                }
            }
        }
        return found.toArray(Node[]::new);
    }

    private void run(Node root) {
        PriorityQueue<Node> ready = new PriorityQueue<>(
                64, Comparator.comparingLong((Node node) -> node.sequence).reversed());
        ready.add(root);
        while (true) {
            Node node = ready.poll();
            if (node == null) {
                return;
            }
            if (node instanceof AccumulateGrad accumulator) {
                accumulate(accumulator);
            } else {
                evaluate(node, ready);
            }
        }
    }

    private void evaluate(Node node, PriorityQueue<Node> ready) {
        category = node.category;
        modules.push(node.module);
        @Nullable Tensor[] results = callFunction(node);
        for (int i = 0; i < results.length; i++) {
            results[i] = validate(node, i, results[i]);
        }
        dropArrived(node);
        node.dropSaved(this);
        modules.pop();
        for (int i = 0; i < results.length; i++) {
            Node.Edge edge = node.edges[i];
            if (edge == null) {
                continue;
            }
            Node target = edge.node();
            Tensor result = results[i];
            if (result != null) {
                result.temporary = false;
                arrive(target, edge.outputNumber(), result);
            }
            if (--target.awaited == 0) {
                ready.add(target);
            }
        }
    }

    private @Nullable Tensor[] callFunction(Node node) {
        @Nullable Tensor[] unpacked = new Tensor[node.saved.length];
        for (int i = 0; i < unpacked.length; i++) {
            unpacked[i] = node.saved[i].unpack(this);
        }
        @Nullable Tensor[] results = node.backward.apply(new BackwardCall(this, node, unpacked));
        for (int i = 0; i < unpacked.length; i++) {
            Tensor tensor = unpacked[i];
            if (tensor != null) {
                node.saved[i].repack(this, tensor);
            }
        }
        return results;
    }

    /** Brings a result to the shape and type its edge expects; drops one that nobody asked for. */
    private @Nullable Tensor validate(Node node, int index, @Nullable Tensor result) {
        Node.Edge edge = node.edges[index];
        if (result == null) {
            return null;
        }
        if (edge == null) {
            release(result);
            return null;
        }
        Tensor valid = result;
        if (valid.shape.elements() != edge.shape().elements()) {
            valid = replaced(valid, reduction.sum(valid, edge.shape()));
        }
        if (valid.dtype != edge.dtype()) {
            valid = replaced(valid, allocate(valid.shape, edge.dtype(), "aten::_to_copy", valid.contiguous));
        }
        return valid;
    }

    private Tensor replaced(Tensor old, Tensor replacement) {
        release(old);
        return replacement;
    }

    private void dropArrived(Node node) {
        for (int i = 0; i < node.arrived.length; i++) {
            Tensor gradient = node.arrived[i];
            node.arrived[i] = null;
            if (gradient != null) {
                release(gradient);
            }
        }
    }

    /** {@code InputBuffer::add}: a second gradient is added in place only into memory that nothing else refers to. */
    private void arrive(Node target, int output, Tensor gradient) {
        Tensor waiting = target.arrived[output];
        if (waiting == null) {
            target.arrived[output] = gradient;
            return;
        }
        boolean inPlace = waiting.references == 1 && waiting.storage.references == 1 && !waiting.view;
        if (!inPlace) {
            Tensor sum = allocate(waiting.shape, waiting.dtype, "aten::add", waiting.contiguous);
            sum.temporary = false;
            target.arrived[output] = sum;
            release(waiting);
        }
        release(gradient);
    }

    /** The first gradient is taken over if nobody else holds it and it lies as its leaf does; later ones are added in place. */
    private void accumulate(AccumulateGrad node) {
        Tensor gradient = node.arrived[0];
        node.arrived[0] = null;
        if (gradient == null) {
            return;
        }
        Tensor leaf = node.leaf;
        if (leaf.gradient != null) {
            release(gradient);
            return;
        }
        if (gradient.references > 1 || !gradient.contiguous) {
            Tensor copy = allocate(gradient.shape, gradient.dtype, "aten::clone", Category.GRADIENTS);
            release(gradient);
            gradient = copy;
        }
        gradient.temporary = false;
        leaf.gradient = gradient;
        if (gradient.storage.category != Category.GRADIENTS) {
            gradient.storage.category = Category.GRADIENTS;
            recorder.changeRole(gradient.storage.tensor, Category.GRADIENTS, module(), "AccumulateGrad");
        }
    }

    /** {@code leaf.grad = gradient}: what backward brings is added to it. */
    public void startGradient(Tensor leaf, Tensor gradient) {
        leaf.gradient = own(gradient);
    }

    /** Frees a leaf's gradient ({@code zero_grad(set_to_none=True)}). */
    public void dropGradient(Tensor leaf) {
        Tensor gradient = leaf.gradient;
        if (gradient != null) {
            leaf.gradient = null;
            release(gradient);
        }
    }

    /** Decides {@code extent > threshold}, and remembers it as a boundary of the program's regime. */
    public boolean exceeds(Extent extent, long threshold) {
        return recorder.decide(extent.polynomial().minus(Polynomial.constant(threshold)));
    }

    @Override
    public String toString() {
        return "Autograd" + Arrays.toString(modules.toArray());
    }
}
