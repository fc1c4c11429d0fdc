package dev.headroom.simulator.whatif;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.GpuEntry;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.catalog.OverheadCatalog;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Problems;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The models and cards that jobs name, each read once. What {@link Sweep}, {@link Solver} and {@link Advisor} work with.
 * Safe for use by several threads.
 */
public final class Catalogs {
    private final MemoryModel memory;
    private final ModelCatalog models = new ModelCatalog();
    private final GpuCatalog gpus = new GpuCatalog();
    private final List<ProcessOverhead> calibrated;
    private volatile @Nullable JobResolver resolver;
    private final Map<String, Architecture> knownModels = new ConcurrentHashMap<>();
    private final Map<String, Gpu> knownGpus = new ConcurrentHashMap<>();

    /** What Headroom comes with. */
    public Catalogs() {
        this(List.of(), MemoryModel.standard());
    }

    /**
     * @param calibrated what processes hold, in place of what Headroom comes with
     */
    public Catalogs(List<ProcessOverhead> calibrated) {
        this(calibrated, MemoryModel.standard());
    }

    /**
     * @param calibrated what processes hold, in place of what Headroom comes with
     * @param memory what estimates the jobs
     */
    public Catalogs(List<ProcessOverhead> calibrated, MemoryModel memory) {
        this.calibrated = List.copyOf(calibrated);
        this.memory = memory;
    }

    /** What processes hold, in place of what Headroom comes with; nothing if that is used. */
    public List<ProcessOverhead> calibrated() {
        return calibrated;
    }

    /** What binds jobs to models and cards. */
    public JobResolver resolver() {
        JobResolver known = resolver;
        if (known == null) {
            known = new JobResolver(new OverheadCatalog().after(calibrated));
            resolver = known;
        }
        return known;
    }

    /** Every card of the catalog, those with the least memory first. */
    public List<Gpu> gpus() {
        return gpus.all().stream()
                .map(GpuEntry::gpu)
                .sorted(Comparator.comparing(Gpu::memory).thenComparing(Gpu::id))
                .toList();
    }

    /**
     * The cards of a list with commas.
     *
     * @throws InputException with every name that is none
     */
    public List<Gpu> gpus(Scalar list) {
        Problems problems = new Problems();
        List<Gpu> found = new ArrayList<>();
        for (String id : list.text().split(",", -1)) {
            attempt(problems, () -> gpu(new Scalar(list.place(), id.strip(), list.type())))
                    .ifPresent(found::add);
        }
        problems.throwIfAny();
        return found;
    }

    /**
     * A model by id, alias, repository, or the name of a {@code config.json} file.
     *
     * @throws InputException if there is none
     */
    public Architecture model(Scalar name) {
        Architecture known = knownModels.get(name.text());
        if (known == null) {
            known = models.architecture(name.text(), name.place());
            knownModels.put(name.text(), known);
        }
        return known;
    }

    /**
     * A card by id, or by the name its driver reports.
     *
     * @throws InputException if there is none
     */
    public Gpu gpu(Scalar name) {
        Gpu known = knownGpus.get(name.text());
        if (known == null) {
            known = gpus.find(name.text(), name.place()).gpu();
            knownGpus.put(name.text(), known);
        }
        return known;
    }

    /**
     * Where a job runs: its model, card and reserve.
     *
     * @throws InputException with every problem of the job at once, those of its keys included
     */
    public Workplace workplace(JobSource source) {
        Problems problems = new Problems();
        attempt(problems, source::read);
        Optional<Optional<Workplace>> workplace = attempt(problems, () -> surroundings(source));
        problems.throwIfAny();
        return workplace.orElseThrow().orElseThrow();
    }

    /**
     * The model and card that a job names; nothing if it names no model.
     *
     * @throws InputException with every problem of these names at once
     */
    public Optional<Workplace> surroundings(JobSource source) {
        Problems problems = new Problems();
        Optional<Architecture> model = source.modelName().flatMap(name -> attempt(problems, () -> model(name)));
        Optional<Gpu> gpu = attempt(problems, source::gpuName)
                .flatMap(name -> name)
                .flatMap(name -> attempt(problems, () -> gpu(name)));
        Optional<Bytes> reserve = attempt(problems, source::reservedBytes);
        problems.throwIfAny();
        return model.map(architecture -> new Workplace(architecture, gpu, reserve.orElseThrow(), resolver(), memory));
    }

    private static <T> Optional<T> attempt(Problems problems, Supplier<T> supplier) {
        try {
            return Optional.of(supplier.get());
        } catch (InputException e) {
            problems.addAll(e);
            return Optional.empty();
        }
    }
}
