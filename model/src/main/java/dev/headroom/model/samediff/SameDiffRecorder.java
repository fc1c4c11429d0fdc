package dev.headroom.model.samediff;

import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.program.ProgramRecorder;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.samediff.graph.Gradients;
import dev.headroom.model.samediff.graph.SizeGraph;
import dev.headroom.model.samediff.graph.Variable;
import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.model.samediff.session.TrainingRun;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.TrainingLoop;

/** Records a fine-tuning job under SameDiff. */
public final class SameDiffRecorder {
    private static final int STEPS = 3;

    /** A quarter of the card's memory, which {@code ArrayCacheMemoryMgr} takes by default. */
    private static final int CACHE_SHARE = 4;

    private SameDiffRecorder() {}

    /** Records the arrays of the network, of the updater and of the session. */
    public static StepProgram record(ResolvedJob job) {
        return record(job, false);
    }

    /** The same with the arrays that libnd4j makes on CUDA within operations, as ND4J's device counter counts them. */
    public static StepProgram recordWithScratch(ResolvedJob job) {
        return record(job, true);
    }

    /** The graph of a job with its gradients. */
    public static SizeGraph graph(ResolvedJob job) {
        SizeGraph graph = new SizeGraph();
        Gradients.add(graph, LlamaNetwork.build(graph, job));
        return graph;
    }

    private static StepProgram record(ResolvedJob job, boolean scratch) {
        BatchShape batch = job.job().batch();
        ProgramRecorder recorder = new ProgramRecorder(batch.microBatch(), batch.sequenceLength());
        SizeGraph graph = new SizeGraph();
        Variable loss = LlamaNetwork.build(graph, job);
        Gradients.add(graph, loss);
        TrainingRun.Options options = new TrainingRun.Options(job.job().optimizer(), memory(job), scratch, STEPS);
        new TrainingRun(graph, loss, recorder, options, Family.HEAD).record();
        return recorder.finish();
    }

    private static TrainingRun.Memory memory(ResolvedJob job) {
        if (job.job().trainingLoop() != TrainingLoop.ND4J_DEFAULTS) {
            return TrainingRun.Memory.CLOSING;
        }
        long card = job.gpu().map(Gpu::memory).map(memory -> memory.count()).orElse(Long.MAX_VALUE);
        return new TrainingRun.Memory(true, card / CACHE_SHARE);
    }
}
