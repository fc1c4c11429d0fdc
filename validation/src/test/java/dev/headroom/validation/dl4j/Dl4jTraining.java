package dev.headroom.validation.dl4j;

import dev.headroom.validation.probe.MemoryProbe;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What training a network on the processor takes.
 *
 * @param parameters parameters, those that are frozen included
 * @param updaterElements elements of Adam's state
 * @param arraysBytes arrays outside workspaces, at most
 * @param workspacesBytes workspaces, in which DL4J keeps activations
 * @param firstLoss loss of the first step
 * @param lastLoss loss of the last step
 */
record Dl4jTraining(
        long parameters,
        long updaterElements,
        long arraysBytes,
        long workspacesBytes,
        double firstLoss,
        double lastLoss) {
    /** Workspaces grow over the first steps to what the largest array needed. */
    private static final int STEPS = 8;

    private static final int QUIET_COLLECTIONS = 3;

    static Dl4jTraining of(Dl4jNetwork network) {
        try (MemoryProbe probe = new MemoryProbe()) {
            long before = settled(probe);
            ComputationGraph graph = new ComputationGraph(network.configuration());
            graph.init();
            INDArray tokens = network.tokens();
            INDArray labels = network.tokens();
            graph.fit(new MultiDataSet(tokens, labels));
            double first = graph.score();
            settled(probe); // What building left to collect is no part of a step.
            probe.watch();
            for (int step = 1; step < STEPS; step++) {
                graph.fit(new MultiDataSet(tokens, labels));
            }
            probe.rest();
            long workspaces = 0;
            for (MemoryWorkspace workspace : Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread()) {
                workspaces += workspace.getCurrentSize();
            }
            Dl4jTraining result = new Dl4jTraining(
                    graph.numParams(),
                    graph.getUpdater().getUpdaterStateViewArray().length(),
                    probe.counterPeak() - before,
                    workspaces,
                    first,
                    graph.score());
            graph.close();
            Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
            return result;
        }
    }

    /** The counter once nothing is left to free of what was trained before: arrays go when Java collects garbage. */
    private static long settled(MemoryProbe probe) {
        long count = probe.counter();
        for (int unchanged = 0; unchanged < QUIET_COLLECTIONS; ) {
            Nd4j.getMemoryManager().invokeGc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            unchanged = probe.counter() == count ? unchanged + 1 : 0;
            count = probe.counter();
        }
        return count;
    }

    /** All of it. */
    long bytes() {
        return Math.addExact(arraysBytes, workspacesBytes);
    }
}
