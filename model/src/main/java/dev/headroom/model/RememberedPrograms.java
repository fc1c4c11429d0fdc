package dev.headroom.model;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.training.BatchShape;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Programs recorded before. A job that differs from one of them in micro-batch and sequence length only, and takes the same
 * branches, is not recorded again: the same program gets other sizes. Keeps what was used last. Safe for use by several
 * threads.
 */
final class RememberedPrograms {
    private final long capacity;
    private final Recorder recorder;
    private final Map<ResolvedJob, List<StepProgram>> programs = new LinkedHashMap<>(64, 0.75f, true);
    private long tensors;

    /** Records a job. */
    @FunctionalInterface
    interface Recorder {
        StepProgram record(ResolvedJob job);
    }

    /**
     * @param capacity tensors that all programs kept may have together
     * @param recorder records what is not known yet
     */
    RememberedPrograms(long capacity, Recorder recorder) {
        this.capacity = capacity;
        this.recorder = recorder;
    }

    StepProgram of(ResolvedJob job) {
        BatchShape batch = job.job().batch();
        ResolvedJob unsized = job.withBatch(new BatchShape(1, 1, batch.padded()));
        Optional<StepProgram> known = known(unsized, batch);
        if (known.isPresent()) {
            return known.get().at(batch.microBatch(), batch.sequenceLength());
        }
        StepProgram recorded = recorder.record(job);
        remember(unsized, recorded);
        return recorded;
    }

    private synchronized Optional<StepProgram> known(ResolvedJob unsized, BatchShape batch) {
        return programs.getOrDefault(unsized, List.of()).stream()
                .filter(program -> program.regime().contains(batch.microBatch(), batch.sequenceLength()))
                .findFirst();
    }

    private synchronized void remember(ResolvedJob unsized, StepProgram program) {
        programs.computeIfAbsent(unsized, job -> new ArrayList<>()).add(program);
        tensors += program.tensorCount();
        Iterator<List<StepProgram>> oldest = programs.values().iterator();
        while (tensors > capacity && oldest.hasNext()) {
            for (StepProgram forgotten : oldest.next()) {
                tensors -= forgotten.tensorCount();
            }
            oldest.remove();
        }
    }
}
