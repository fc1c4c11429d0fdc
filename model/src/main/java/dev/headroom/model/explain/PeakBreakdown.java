package dev.headroom.model.explain;

import dev.headroom.model.platform.KernelModule;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.StepProgram.RoleChange;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.replay.ReplayResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is alive at the allocated peak: by category, by part of the model, and by the operation that made or keeps it.
 * Tensors of the same kind in different layers are one row.
 */
public final class PeakBreakdown {
    /** What stands before a layer's number in a module's path. */
    private static final String LAYERS = "layers.";

    private final StepProgram program;
    private final RuleBook rules;
    private final int peakEvent;
    private final Map<String, String> shortNames = new HashMap<>();
    private final Map<Shape, String> shapes = new HashMap<>();

    private PeakBreakdown(StepProgram program, int peakEvent, RuleBook rules) {
        this.program = program;
        this.peakEvent = peakEvent;
        this.rules = rules;
    }

    /**
     * The rows at the peak of {@code replay}. They sum to the process's bytes.
     *
     * @param overhead what the process holds beside the allocator
     */
    public static MemoryNode.Group of(
            StepProgram program, ReplayResult replay, ProcessOverhead overhead, RuleBook rules) {
        PeakBreakdown breakdown = new PeakBreakdown(program, replay.peakEvent(), rules);
        List<MemoryNode> categories = new ArrayList<>(breakdown.categories());
        long live = categories.stream().mapToLong(node -> node.bytes().count()).sum();
        Category rounding = Category.ALLOCATOR_ROUNDING;
        addRow(categories, rounding.id(), rounding.label(), replay.peakAllocated() - live, rules.allocator());
        List<MemoryNode> cached = cachedRows(replay, rules.allocator());
        if (!cached.isEmpty()) {
            categories.add(new MemoryNode.Group(Category.CACHED_FREE.id(), Category.CACHED_FREE.label(), cached));
        }
        categories.add(new MemoryNode.Group(
                Category.PROCESS_OVERHEAD.id(),
                Category.PROCESS_OVERHEAD.label(),
                overheadRows(overhead, program.kernels())));
        return new MemoryNode.Group("process", "process", categories);
    }

    /** What the allocator holds beside the live blocks: holes that cannot go back, segments that could, and a later maximum. */
    private static List<MemoryNode> cachedRows(ReplayResult replay, Source source) {
        long free = replay.reservedAtPeak() - replay.peakAllocated();
        List<MemoryNode> rows = new ArrayList<>();
        addRow(rows, "fragmentation", "fragmentation", free - replay.releasableAtPeak(), source);
        addRow(rows, "freeSegments", "free segments", replay.releasableAtPeak(), source);
        addRow(
                rows,
                "heldAtAnotherTime",
                "held at another time",
                replay.peakReserved() - replay.reservedAtPeak(),
                source);
        return largestFirst(rows);
    }

    /**
     * The rows at the peak of live arrays of a runtime without a caching allocator. They sum to the process's bytes.
     *
     * @param live the arrays of the program
     * @param device the same with what operations make for themselves
     */
    public static MemoryNode.Group ofLiveArrays(
            StepProgram program, ReplayResult live, ReplayResult device, ProcessOverhead overhead, RuleBook rules) {
        PeakBreakdown breakdown = new PeakBreakdown(program, live.peakEvent(), rules);
        List<MemoryNode> categories = new ArrayList<>(breakdown.categories());
        Category rounding = Category.ALLOCATOR_ROUNDING;
        long beyond = device.peakReserved() - live.peakAllocated();
        addRow(categories, rounding.id(), rounding.label(), beyond, rules.allocator());
        categories.add(new MemoryNode.Group(
                Category.PROCESS_OVERHEAD.id(),
                Category.PROCESS_OVERHEAD.label(),
                overheadRows(overhead, program.kernels())));
        return new MemoryNode.Group("process", "process", categories);
    }

    private static List<MemoryNode> overheadRows(ProcessOverhead overhead, Set<KernelModule> kernels) {
        Source source = new Source(
                overhead.basis() == Basis.CARRIED_OVER ? Source.Kind.ASSUMPTION : Source.Kind.MEASURED,
                "%s; %s, driver %s, %s"
                        .formatted(overhead.source(), overhead.gpu(), overhead.driver(), overhead.stack()));
        List<MemoryNode> rows = new ArrayList<>();
        rows.add(new MemoryNode.Leaf("context", "CUDA context", overhead.context(), 0, "", source));
        rows.add(new MemoryNode.Leaf("kernels", "loaded kernels", overhead.training(), 0, "", source));
        for (KernelModule kernel : new TreeSet<>(kernels)) {
            rows.add(new MemoryNode.Leaf(kernel.id(), kernel.label(), overhead.of(kernel), 0, "", source));
        }
        return rows;
    }

    /** Requested bytes alive at the peak, in b and s. */
    public static Polynomial formula(StepProgram program, int peakEvent) {
        Polynomial sum = Polynomial.ZERO;
        for (int tensor : program.liveAt(peakEvent)) {
            sum = sum.plus(program.requestedPolynomial(tensor));
        }
        return sum;
    }

    private static void addRow(List<MemoryNode> rows, String id, String label, long bytes, Source source) {
        if (bytes > 0) {
            rows.add(new MemoryNode.Leaf(id, label, new Bytes(bytes), 0, "", source));
        }
    }

    /** What tells one row from another. */
    private record Kind(String module, String operation, String shape, String dtype) {}

    /** A row in the making. */
    private static final class Row {
        private Polynomial formula = Polynomial.ZERO;
        private long bytes;
        private long tensors;
        private String module = "";
    }

    private List<MemoryNode> categories() {
        Map<Integer, RoleChange> roles = program.rolesAt(peakEvent);
        Map<Category, Map<String, Map<Kind, Row>>> rows = new EnumMap<>(Category.class);
        for (int tensor : program.liveAt(peakEvent)) {
            TensorOrigin origin = program.origin(tensor);
            RoleChange born = new RoleChange(0, tensor, origin.category(), origin.module(), origin.operation());
            RoleChange role = roles.getOrDefault(tensor, born);
            RoleChange holder = role.category() == Category.SAVED_ACTIVATIONS ? role : born;
            String module = holder.module();
            Category category = role.category();
            Kind kind = new Kind(
                    shortName(module),
                    holder.operation(),
                    shapes.computeIfAbsent(origin.shape(), Shape::symbolic),
                    origin.dtype().longName());
            Row row = rows.computeIfAbsent(category, key -> new TreeMap<>())
                    .computeIfAbsent(part(category, module, origin), key -> new LinkedHashMap<>())
                    .computeIfAbsent(kind, key -> new Row());
            row.formula = row.formula.plus(origin.bytes());
            row.bytes += program.requestedBytes(tensor);
            row.tensors++;
            row.module = module;
        }
        List<MemoryNode> nodes = new ArrayList<>();
        rows.forEach((category, parts) -> {
            List<MemoryNode> children = new ArrayList<>();
            parts.forEach(
                    (part, kinds) -> children.add(new MemoryNode.Group(part.replace(' ', '-'), part, leaves(kinds))));
            nodes.add(new MemoryNode.Group(category.id(), category.label(), largestFirst(children)));
        });
        return nodes;
    }

    /** Scores grow with the square of the context: they are a part of their own. */
    private String part(Category category, String module, TensorOrigin origin) {
        boolean quadratic = origin.shape().elementsPolynomial().degreeInSequence() >= 2;
        boolean activation = category == Category.SAVED_ACTIVATIONS || category == Category.TRANSIENT;
        return quadratic && activation ? "attention scores" : rules.part(module, origin.operation());
    }

    private List<MemoryNode> leaves(Map<Kind, Row> kinds) {
        Map<String, Integer> taken = new HashMap<>();
        List<MemoryNode> leaves = new ArrayList<>();
        kinds.forEach((kind, row) -> {
            String id = kind.module().isEmpty() ? kind.operation() : kind.module() + "." + kind.operation();
            int number = taken.merge(id, 1, Integer::sum);
            leaves.add(new MemoryNode.Leaf(
                    number == 1 ? id : id + "-" + number,
                    "%s, %s %s".formatted(id, kind.dtype(), kind.shape()),
                    new Bytes(row.bytes),
                    row.tensors,
                    row.formula.toString(),
                    rules.source(row.module, kind.operation())));
        });
        return largestFirst(leaves);
    }

    private String shortName(String module) {
        return shortNames.computeIfAbsent(module, path -> {
            String rest = path.substring(layerEnd(path));
            return rest.isEmpty() && !path.isEmpty() ? "layer" : rest;
        });
    }

    /** Where the path within a layer starts, such as behind {@code model.layers.17.}; 0 outside of layers. */
    private static int layerEnd(String path) {
        for (int at = path.lastIndexOf(LAYERS); at >= 0; at = path.lastIndexOf(LAYERS, at - 1)) {
            int end = at + LAYERS.length();
            while (end < path.length() && Character.isDigit(path.charAt(end))) {
                end++;
            }
            boolean ownWord = at == 0 || path.charAt(at - 1) == '.';
            if (ownWord && end > at + LAYERS.length()) {
                return end < path.length() && path.charAt(end) == '.' ? end + 1 : end;
            }
        }
        return 0;
    }

    private static List<MemoryNode> largestFirst(List<MemoryNode> nodes) {
        return nodes.stream()
                .sorted(Comparator.comparing(MemoryNode::bytes).reversed())
                .toList();
    }
}
