package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Predicts measured runs and puts both side by side. Rows are independent: they are predicted on all cores, and come out
 * in the order they went in. A row that cannot be predicted says why and stops no other.
 */
public final class Reconciler {
    private final ModelCatalog models = new ModelCatalog();
    private final GpuCatalog gpus = new GpuCatalog();
    private final JobResolver resolver;
    private final Function<ResolvedJob, MemoryEstimate> model;

    /** Hundreds of rows name the same few models and cards; each catalog file is read once. */
    private final Map<String, Architecture> knownModels = new ConcurrentHashMap<>();

    private final Map<String, Gpu> knownGpus = new ConcurrentHashMap<>();

    private Reconciler(Function<ResolvedJob, MemoryEstimate> model, List<ProcessOverhead> calibrated) {
        this.model = model;
        this.resolver = new JobResolver(new OverheadCatalog().after(calibrated));
    }

    /** Reconciles with what the model and the catalogs say. */
    public static Reconciler standard() {
        return calibrated(List.of());
    }

    /** Reconciles with what the model and the catalogs say, but for what processes were calibrated to hold. */
    public static Reconciler calibrated(List<ProcessOverhead> calibrated) {
        return new Reconciler(job -> MemoryModel.standard().estimate(job, Bytes.ZERO), calibrated);
    }

    /** Reconciles with another model. */
    static Reconciler with(Function<ResolvedJob, MemoryEstimate> model) {
        return new Reconciler(model, List.of());
    }

    /** Predicts the rows that are selected. Rows that could not be read always are. */
    public Reconciliation reconcile(List<MeasuredRun> runs, Selection selection) {
        return new Reconciliation(runs.parallelStream()
                .filter(run -> isSelected(run, selection))
                .map(this::reconcile)
                .toList());
    }

    private boolean isSelected(MeasuredRun run, Selection selection) {
        return run.job().entries().isEmpty()
                || selection.accepts(
                        selection.kinds().isEmpty() ? "" : kind(run),
                        run.jobWord("method.name")
                                .or(() -> run.jobWord("method"))
                                .orElse("lora"),
                        run.jobWord("optimizer").orElse("adamw"));
    }

    /** The kind of architecture; nothing if the model is not known. */
    private String kind(MeasuredRun run) {
        try {
            return run.jobWord("model")
                    .map(name -> architecture(name, run.placeOf("model")).modelType())
                    .orElse("");
        } catch (InputException e) {
            return "";
        }
    }

    private ReconciledRun reconcile(MeasuredRun run) {
        if (!run.problems().isEmpty()) {
            return ReconciledRun.refused(run, run.problems());
        }
        Problems problems = new Problems();
        Optional<FineTuningJob> job = RecordedJob.read(run, problems);
        Optional<Architecture> architecture =
                job.flatMap(written -> found(() -> architecture(written.model(), run.placeOf("model")), problems));
        Optional<Gpu> gpu = run.gpu().flatMap(name -> found(() -> gpu(name.text(), name.place()), problems));
        if (job.isPresent() && architecture.isPresent()) {
            try {
                ResolvedJob resolved = resolver.resolve(job.get(), architecture.get(), gpu);
                if (problems.isEmpty()) {
                    return ReconciledRun.predicted(run, model.apply(resolved), census(run, resolved));
                }
            } catch (RefusedJobException e) {
                e.problems().forEach(problem -> add(problem, run, problems));
            }
        }
        return ReconciledRun.refused(run, problems.found());
    }

    private static Optional<SavedTensorCensus> census(MeasuredRun run, ResolvedJob resolved) {
        return run.savedTensors().isEmpty()
                ? Optional.empty()
                : Optional.of(SavedTensorCensus.of(MemoryModel.standard().savedTensors(resolved), run.savedTensors()));
    }

    private static <T> Optional<T> found(Supplier<T> lookUp, Problems problems) {
        try {
            return Optional.of(lookUp.get());
        } catch (InputException e) {
            problems.addAll(e);
            return Optional.empty();
        }
    }

    private static void add(Problem problem, MeasuredRun run, Problems problems) {
        Place place = run.placeOf(problem.key());
        String message = problem.key() + ": " + problem.message();
        if (problem.kind() == Problem.Kind.UNSUPPORTED) {
            problems.unsupported(place, message);
        } else {
            problems.invalid(place, message);
        }
    }

    private Architecture architecture(String name, Place place) {
        return knownModels.computeIfAbsent(besideRecord(name, place), key -> models.architecture(key, place));
    }

    /** The name, or the file that it names in the folder of the record: a model that was made to be measured. */
    private static String besideRecord(String name, Place place) {
        if (!name.endsWith(".json")) {
            return name;
        }
        Path file = Path.of(place.name()).resolveSibling(name);
        return Files.exists(file) ? file.toString() : name;
    }

    private Gpu gpu(String name, Place place) {
        return knownGpus.computeIfAbsent(name, key -> gpus.find(key, place).gpu());
    }
}
