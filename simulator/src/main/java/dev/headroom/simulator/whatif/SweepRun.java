package dev.headroom.simulator.whatif;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One run of a sweep. The cells are cut into chunks of neighbours; a few chunks for each core are under way at a time, and
 * are handed over in their order.
 */
final class SweepRun<T> {
    private static final int MOST_CELLS_A_CHUNK = 8192;
    private static final int VARIANTS_A_CHUNK = 4;
    private static final int CHUNKS_AHEAD_PER_CORE = 4;

    private final Sweep sweep;
    private final List<Axis> axes;
    private final Catalogs catalogs;
    private final Function<List<SweepRow>, T> encode;
    private final Consumer<T> sink;
    private final Sweep.Progress progress;
    private final int outerAxes;
    private final long innerSize;
    private final int cores = Runtime.getRuntime().availableProcessors();
    private final Map<String, Integer> positions;

    /** Variants of the chunks under way; the oldest goes first. */
    private final Map<Long, FutureTask<SweepVariant>> variants = new LinkedHashMap<>(16, 0.75f, true);

    SweepRun(
            Sweep sweep,
            Catalogs catalogs,
            Function<List<SweepRow>, T> encode,
            Consumer<T> sink,
            Sweep.Progress progress) {
        this.sweep = sweep;
        this.axes = sweep.axes();
        this.catalogs = catalogs;
        this.encode = encode;
        this.sink = sink;
        this.progress = progress;
        this.outerAxes =
                (int) axes.stream().filter(axis -> !Sweep.isBatch(axis)).count();
        long inner = 1;
        for (int i = outerAxes; i < axes.size(); i++) {
            inner *= axes.get(i).size();
        }
        this.innerSize = inner;
        this.positions = sweep.positions();
    }

    void run() {
        long points = sweep.points();
        long chunk = sweep.reading() == Reading.REPLAY
                ? VARIANTS_A_CHUNK
                : Math.min(MOST_CELLS_A_CHUNK, Math.max(1, VARIANTS_A_CHUNK * Math.min(innerSize, MOST_CELLS_A_CHUNK)));
        ExecutorService executor = Executors.newFixedThreadPool(cores);
        try {
            Deque<Future<T>> ahead = new ArrayDeque<>();
            long submitted = 0;
            long done = 0;
            while (done < points) {
                while (submitted < points && ahead.size() < CHUNKS_AHEAD_PER_CORE * cores) {
                    long first = submitted;
                    long end = Math.min(points, first + chunk);
                    ahead.add(executor.submit(() -> encode.apply(rows(first, end))));
                    submitted = end;
                }
                sink.accept(taken(ahead.remove()));
                done = Math.min(points, done + chunk);
                progress.at(done, points);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private T taken(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the sweep was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the sweep failed", e.getCause());
        }
    }

    private List<SweepRow> rows(long first, long end) {
        List<SweepRow> rows = new ArrayList<>((int) (end - first));
        long[] indexes = new long[axes.size()];
        String[] values = new String[axes.size()];
        long outer = -1;
        SweepVariant variant = null;
        for (long point = first; point < end; point++) {
            long rest = point;
            for (int i = axes.size() - 1; i >= 0; i--) {
                long index = rest % axes.get(i).size();
                rest /= axes.get(i).size();
                if (values[i] == null || indexes[i] != index) {
                    indexes[i] = index;
                    values[i] = axes.get(i).text(index);
                }
            }
            if (!accepted(values)) {
                continue;
            }
            if (variant == null || outer != point / innerSize) {
                outer = point / innerSize;
                variant = variant(outer);
            }
            rows.add(variant.row(List.of(values)));
        }
        return rows;
    }

    private boolean accepted(String[] values) {
        for (Filter filter : sweep.filters()) {
            if (!filter.accepts(path -> {
                Integer position = positions.get(path);
                return position == null ? fixed(path) : values[position];
            })) {
                return false;
            }
        }
        return true;
    }

    private String fixed(String path) {
        return JobKey.ofPath(path)
                .map(sweep.base()::setting)
                .orElseGet(() -> sweep.base().gpuName().map(name -> name.text()).orElse(""));
    }

    private SweepVariant variant(long outer) {
        FutureTask<SweepVariant> task;
        boolean mine = false;
        synchronized (variants) {
            FutureTask<SweepVariant> known = variants.get(outer);
            if (known == null) {
                known = new FutureTask<>(() -> create(outer));
                variants.put(outer, known);
                mine = true;
                if (variants.size() > 2 * VARIANTS_A_CHUNK * CHUNKS_AHEAD_PER_CORE * cores) {
                    variants.remove(variants.keySet().iterator().next());
                }
            }
            task = known;
        }
        if (mine) {
            task.run();
        }
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the sweep was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a job of the sweep failed", e.getCause());
        }
    }

    private SweepVariant create(long outer) {
        Map<Axis, Long> indexes = new HashMap<>();
        long rest = outer;
        for (int i = outerAxes - 1; i >= 0; i--) {
            indexes.put(axes.get(i), rest % axes.get(i).size());
            rest /= axes.get(i).size();
        }
        JobSource job = sweep.base();
        // The method first: it decides which of the other keys mean anything.
        for (int i = 0; i < outerAxes; i++) {
            if (axes.get(i).name().equals(JobKey.METHOD.path())) {
                job = axes.get(i).set(job, indexes.getOrDefault(axes.get(i), 0L));
            }
        }
        for (int i = 0; i < outerAxes; i++) {
            Axis axis = axes.get(i);
            if (axis.key().isPresent() && !job.applies(axis.key().get())) {
                return SweepVariant.notApplicable(axis.key().get(), job, sweep.reading());
            }
            if (!axis.name().equals(JobKey.METHOD.path())) {
                job = axis.set(job, indexes.getOrDefault(axis, 0L));
            }
        }
        return SweepVariant.of(job, sweep, catalogs);
    }
}
