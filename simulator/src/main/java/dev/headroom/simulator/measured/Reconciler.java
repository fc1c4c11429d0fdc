package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.measured.ReconciledRun.Alive;
import dev.headroom.simulator.measured.ReconciledRun.Comparison;
import dev.headroom.simulator.measured.ReconciledRun.Status;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Predicts measured runs and puts both side by side. Rows are independent: they are predicted on all cores, and come out
 * in the order they went in.
 */
public final class Reconciler {
    /** Rows of a breakdown that are kept for the worst rows. */
    private static final int LARGEST_ROWS = 5;

    /** Figures of one run, before and after the first step and around its phases. */
    private static final Set<Category> NOT_ALIVE = Set.of(Category.CACHED_FREE, Category.PROCESS_OVERHEAD);

    private final Catalogs catalogs;
    private final JobResolver resolver;
    private final Estimator estimator;

    /** Where models and cards are looked up. */
    public interface Catalogs {
        /** The architecture of a model, by catalog id. */
        Optional<Architecture> architecture(String modelId);

        /** The card that the driver reports by this name. */
        Optional<Gpu> gpu(String driverName);

        /** Ids of all models. */
        Collection<String> modelIds();
    }

    /** What predicts. */
    @FunctionalInterface
    public interface Estimator {
        /**
         * Predicts a job.
         *
         * @throws RefusedJobException if a rule is missing
         */
        MemoryEstimate estimate(ResolvedJob job);
    }

    public Reconciler(Catalogs catalogs, JobResolver resolver, Estimator estimator) {
        this.catalogs = catalogs;
        this.resolver = resolver;
        this.estimator = estimator;
    }

    /**
     * Predicts the entries that are selected.
     *
     * @return their rows, in the order of the entries
     */
    List<ReconciledRun> reconcile(List<MeasuredEntry> entries, Selection selection) {
        return entries.parallelStream()
                .map(entry -> reconcile(entry, selection))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<ReconciledRun> reconcile(MeasuredEntry entry, Selection selection) {
        if (entry instanceof MeasuredEntry.Run read) {
            MeasuredRun run = read.run();
            Optional<Architecture> architecture = catalogs.architecture(run.job().facet("model"));
            Map<String, String> facets = facets(run, architecture);
            return selection.accepts(facets) ? Optional.of(reconcile(run, architecture, facets)) : Optional.empty();
        }
        MeasuredEntry.Unreadable line = (MeasuredEntry.Unreadable) entry;
        Map<String, String> facets =
                Map.of(Selection.ID, line.id(), Selection.FILE, line.origin().file());
        if (!selection.accepts(facets)) {
            return Optional.empty();
        }
        return Optional.of(new ReconciledRun(
                line.id(),
                line.origin(),
                Status.INVALID,
                "%s: %s".formatted(line.origin(), line.message()),
                List.of(),
                facets,
                MeasuredFigures.Peaks.NONE,
                MeasuredFigures.Peaks.NONE,
                Map.of(),
                List.of(),
                Optional.empty()));
    }

    private static Map<String, String> facets(MeasuredRun run, Optional<Architecture> architecture) {
        Map<String, String> facets = new LinkedHashMap<>();
        facets.put(Selection.ID, run.id());
        facets.put(Selection.FILE, run.origin().file());
        facets.put(Selection.GPU, run.gpu().orElse(RecordedJob.NONE));
        facets.put(
                Selection.ARCHITECTURE, architecture.map(Architecture::modelType).orElse(RecordedJob.NONE));
        facets.putAll(run.job().facets());
        return facets;
    }

    private ReconciledRun reconcile(
            MeasuredRun run, Optional<Architecture> architecture, Map<String, String> facets) {
        Row row = new Row(run, facets);
        List<Problem> problems = new ArrayList<>(run.job().problems());
        String model = run.job().facet("model");
        if (architecture.isEmpty() && !model.isEmpty() && run.job().job().isPresent()) {
            problems.add(Problem.invalid(
                    "model",
                    "unknown model '%s'%s"
                            .formatted(
                                    model,
                                    NearestWord.of(model, catalogs.modelIds())
.map("; maybe '%s'?"::formatted).orElse(""))));
        }
        Optional<Gpu> gpu = run.gpu().flatMap(catalogs::gpu);
        if (gpu.isEmpty() && run.gpu().isPresent()) {
            problems.add(Problem.unsupported(
                    "gpu", "no card named '%s' in the catalog".formatted(run.gpu().get())));
        }
        Optional<FineTuningJob> job = run.job().job();
        try {
            if (job.isPresent() && architecture.isPresent()) {
                if (!problems.isEmpty()) {
                    return row.refused(problems);
                }
                return row.predicted(estimator.estimate(resolver.resolve(job.get(), architecture.get(), gpu)));
            }
            problems.addAll(missingArchitecture(architecture, problems));
            return row.refused(problems);
        } catch (RefusedJobException e) {
            return row.refused(e.problems());
        } catch (RuntimeException e) {
            return row.failed(e);
        }
    }

    /** A job refused for its method may be of an architecture without rules, too: then both are missing. */
    private static List<Problem> missingArchitecture(Optional<Architecture> architecture, List<Problem> problems) {
        boolean known = architecture
                .map(found -> JobResolver.SUPPORTED_MODEL_TYPES.contains(found.modelType()))
                .orElse(true);
        boolean named = problems.stream().anyMatch(problem -> problem.key().equals("model"));
        return known || named
                ? List.of()
                : List.of(Problem.unsupported(
                        "model",
                        "no rule for the forward pass of architecture '%s' yet"
                                .formatted(architecture.get().modelType())));
    }

    /** Builds the row of one run. */
    private record Row(MeasuredRun run, Map<String, String> facets) {
        ReconciledRun predicted(MemoryEstimate estimate) {
            MeasuredFigures.Peaks predicted = new MeasuredFigures.Peaks(
                    OptionalLong.of(estimate.peakAllocated().count()),
                    OptionalLong.of(estimate.peakReserved().count()),
                    OptionalLong.of(estimate.process().count()),
                    estimate.verdict().map(verdict -> !verdict.fits()));
            return new ReconciledRun(
                    run.id(),
                    run.origin(),
                    Status.OK,
                    "",
                    List.of(),
                    facets,
                    predicted,
                    run.figures().peak(),
                    afterLoad(run.figures().afterLoad(), estimate.afterLoad()),
                    steps(run.figures().steps(), estimate.steps()),
                    Optional.of(alive(estimate)));
        }

        ReconciledRun refused(List<Problem> problems) {
            boolean unsupported = problems.stream().allMatch(problem -> problem.kind() == Problem.Kind.UNSUPPORTED);
            String message = problems.stream()
                    .map(problem -> problem.key() + ": " + problem.message())
                    .collect(Collectors.joining("; "));
            return unpredicted(
                    unsupported ? Status.UNSUPPORTED : Status.INVALID,
                    unsupported ? message : "%s: %s".formatted(run.origin(), message),
                    unsupported ? missingRules(problems) : List.of());
        }

        ReconciledRun failed(RuntimeException cause) {
            StackTraceElement[] trace = cause.getStackTrace();
            String where = trace.length == 0 ? "" : " at " + trace[0];
            return unpredicted(Status.FAILED, "internal error: %s%s".formatted(cause, where), List.of());
        }

        private ReconciledRun unpredicted(Status status, String message, List<String> missingRules) {
            return new ReconciledRun(
                    run.id(),
                    run.origin(),
                    status,
                    message,
                    missingRules,
                    facets,
                    MeasuredFigures.Peaks.NONE,
                    run.figures().peak(),
                    Map.of(),
                    List.of(),
                    Optional.empty());
        }
    }

    /** The problems' messages without what follows a colon or semicolon: what is the same for all rows that need the rule. */
    private static List<String> missingRules(List<Problem> problems) {
        Set<String> rules = new LinkedHashSet<>();
        for (Problem problem : problems) {
            rules.add(problem.message().split("[:;]", 2)[0].strip());
        }
        return List.copyOf(rules);
    }

    private static Map<String, Comparison> afterLoad(
            MeasuredFigures.AfterLoad measured, MemoryEstimate.AfterLoad predicted) {
        Map<String, Comparison> comparisons = new LinkedHashMap<>();
        put(comparisons, "afterLoadBytes", predicted.allocated().count(), measured.allocated());
        put(comparisons, "reservedAfterLoadBytes", predicted.reserved().count(), measured.reserved());
        put(comparisons, "segmentsAtEnd", predicted.segmentsAtEnd(), measured.segmentsAtEnd());
        return comparisons;
    }

    private static void put(Map<String, Comparison> comparisons, String key, long predicted, OptionalLong measured) {
        if (measured.isPresent()) {
            comparisons.put(key, new Comparison(OptionalLong.of(predicted), measured));
        }
    }

    private static List<Map<Figure, Comparison>> steps(
            List<Map<Figure, Long>> measured, List<Map<Figure, Bytes>> predicted) {
        List<Map<Figure, Comparison>> steps = new ArrayList<>();
        for (int i = 0; i < measured.size(); i++) {
            Map<Figure, Bytes> predictedStep = i < predicted.size() ? predicted.get(i) : Map.of();
            Map<Figure, Comparison> step = new EnumMap<>(Figure.class);
            measured.get(i).forEach((figure, bytes) -> {
                Optional<Bytes> value = Optional.ofNullable(predictedStep.get(figure));
                step.put(
                        figure,
                        new Comparison(
                                value.map(found -> OptionalLong.of(found.count()))
                                        .orElse(OptionalLong.empty()),
                                OptionalLong.of(bytes)));
            });
            steps.add(step);
        }
        return steps;
    }

    private static Alive alive(MemoryEstimate estimate) {
        Set<String> notAlive = NOT_ALIVE.stream().map(Category::id).collect(Collectors.toSet());
        List<Alive.Row> rows = new ArrayList<>();
        for (MemoryNode category : estimate.breakdown().children()) {
            if (notAlive.contains(category.id())) {
                continue;
            }
            if (category.children().isEmpty()) {
                rows.add(new Alive.Row(category.label(), category.bytes().count()));
            }
            for (MemoryNode kind : category.children()) {
                rows.add(new Alive.Row(
                        category.label() + ": " + kind.label(), kind.bytes().count()));
            }
        }
        rows.sort(Comparator.comparingLong(Alive.Row::bytes).reversed().thenComparing(Alive.Row::label));
        rows.removeIf(row -> row.bytes() == 0);
        return new Alive(estimate.peak(), rows.subList(0, Math.min(LARGEST_ROWS, rows.size())));
    }
}
