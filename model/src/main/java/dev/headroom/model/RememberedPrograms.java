package dev.headroom.model;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.pytorch.training.PyTorchRecorder;
import dev.headroom.model.training.BatchShape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Programs recorded before. A job that differs from one of them in micro-batch, sequence length and rank only, and takes the
 * same branches, is not recorded again: the same program gets other sizes. Keeps what was used last. Safe for use by several
 * threads.
 */
final class RememberedPrograms implements MemoryModel.Recorder {
    /** Bytes of heap that a tensor takes in a program, about. */
    private static final long BYTES_PER_TENSOR = 170;

    /** The same in one without origins: two events, the number of its formula, and its size. */
    private static final long BYTES_PER_BARE_TENSOR = 20;

    private final long capacity;
    private final MemoryModel.Recorder recorder;
    private final Map<Key, List<StepProgram>> programs = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    /** A job without its batch and rank, and whether its programs are without origins. */
    private record Key(ResolvedJob unsized, boolean bare) {}

    /**
     * @param capacity bytes of heap that all programs kept may take together, about
     * @param recorder records what is not known yet, for any rank
     */
    RememberedPrograms(long capacity, MemoryModel.Recorder recorder) {
        this.capacity = capacity;
        this.recorder = recorder;
    }

    @Override
    public StepProgram record(ResolvedJob job) {
        Key key = new Key(unsized(job), false);
        return known(key, job).orElseGet(() -> remembered(key, recorder.record(job), job));
    }

    @Override
    public StepProgram recordBare(ResolvedJob job) {
        return bare(job, PyTorchRecorder.microBatches(job.job().gradientAccumulation()));
    }

    @Override
    public StepProgram recordBriefly(ResolvedJob job) {
        return bare(job, StepProgram.FEWEST_LAPS);
    }

    /** A program with so many micro-batches in a step, of which three are recorded at most, if they show the rest. */
    private StepProgram bare(ResolvedJob job, int microBatches) {
        int fetched = job.job().gradientAccumulation();
        if (fetched <= StepProgram.FEWEST_LAPS) {
            return recordedBare(job);
        }
        return recordedBare(job.withGradientAccumulation(StepProgram.FEWEST_LAPS))
                .withLaps(fetched, microBatches)
                .orElseGet(() -> recordedBare(job));
    }

    private StepProgram recordedBare(ResolvedJob job) {
        Key bare = new Key(unsized(job), true);
        return known(bare, job)
                .or(() -> known(new Key(bare.unsized(), false), job))
                .orElseGet(() -> remembered(bare, recorder.recordBare(job).withoutOrigins(), job));
    }

    private StepProgram remembered(Key key, StepProgram recorded, ResolvedJob job) {
        remember(key, recorded);
        return sized(recorded, job);
    }

    private static ResolvedJob unsized(ResolvedJob job) {
        return job.withBatch(new BatchShape(1, 1, job.job().batch().padded())).withRank(1);
    }

    private Optional<StepProgram> known(Key key, ResolvedJob job) {
        return inRegime(key, job).map(program -> sized(program, job));
    }

    private synchronized Optional<StepProgram> inRegime(Key key, ResolvedJob job) {
        BatchShape batch = job.job().batch();
        return programs.getOrDefault(key, List.of()).stream()
                .filter(program -> program.regime().contains(batch.microBatch(), batch.sequenceLength(), rank(job)))
                .findFirst();
    }

    private static StepProgram sized(StepProgram program, ResolvedJob job) {
        BatchShape batch = job.job().batch();
        return program.at(batch.microBatch(), batch.sequenceLength(), rank(job));
    }

    private static int rank(ResolvedJob job) {
        return job.job().method().variableRank().orElse(1);
    }

    private synchronized void remember(Key key, StepProgram program) {
        programs.computeIfAbsent(key, unknown -> new ArrayList<>()).add(program);
        bytes += size(key, program);
        Iterator<Map.Entry<Key, List<StepProgram>>> oldest = programs.entrySet().iterator();
        while (bytes > capacity && oldest.hasNext()) {
            Map.Entry<Key, List<StepProgram>> forgotten = oldest.next();
            for (StepProgram one : forgotten.getValue()) {
                bytes -= size(forgotten.getKey(), one);
            }
            oldest.remove();
        }
    }

    private static long size(Key key, StepProgram program) {
        return program.tensorCount() * (key.bare() ? BYTES_PER_BARE_TENSOR : BYTES_PER_TENSOR);
    }
}
