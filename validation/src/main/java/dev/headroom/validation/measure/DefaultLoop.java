package dev.headroom.validation.measure;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.validation.network.TrainableNetwork;
import dev.headroom.validation.probe.MemoryProbe;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.TrainingSession;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * Trains as {@code SameDiff.fit} does: one session of ND4J's own for all steps, with its cache of arrays. Gradients of a step
 * are left to the garbage collector. Only the order of operations that are ready at once is fixed, which ND4J leaves to
 * chance, so that runs can be repeated.
 */
final class DefaultLoop implements Loop {
    private final TrainableNetwork network;
    private final Tokens tokens;
    private final MemoryProbe probe;
    private final TrainingConfig config;

    @SuppressWarnings("rawtypes") // as ND4J declares it
    private final Map<String, GradientUpdater> updaters;

    private final TrainingSession session;
    private final CachedBooks books = new CachedBooks();
    private final long loaded;
    private final long before;

    /**
     * @param before what the counter showed before the network was built
     */
    DefaultLoop(ResolvedJob job, TrainableNetwork network, Tokens tokens, MemoryProbe probe, long before) {
        this.network = network;
        this.tokens = tokens;
        this.probe = probe;
        this.before = before;
        this.config = Updaters.config(
                job.job().optimizer(), network.lossName(), List.of(LlamaNetwork.TOKENS), List.of(LlamaNetwork.LABELS));
        SameDiff gradients = network.gradients();
        gradients.setTrainingConfig(config);
        List<SDVariable> trained = gradients.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .filter(variable -> network.trained().contains(variable.name()))
                .toList();
        this.updaters = Updaters.make(config, trained);
        this.session = new TrainingSession(gradients);
        session.setMmgr(books);
        OrderedTracker.replaceIn(session);
        long state = trained.stream()
                .mapToLong(variable -> Math.multiplyExact(
                        config.getUpdater().stateSize(variable.getArr().length()),
                        (long) variable.dataType().width()))
                .sum();
        this.loaded = network.loadedBytes().values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                + network.copiedBytes()
                + TrainableNetwork.bytes(tokens.ids())
                + TrainableNetwork.bytes(tokens.labels())
                + state;
    }

    @Override
    public Measurement.Step step(int number) {
        At at = At.builder()
                .epoch(0)
                .iteration(number - 1)
                .trainingThreadNum(0)
                .javaThreadNum(Thread.currentThread().getId())
                .operation(Operation.TRAINING)
                .build();
        Map<String, INDArray> placeholders =
                Map.of(LlamaNetwork.TOKENS, tokens.ids(), LlamaNetwork.LABELS, tokens.labels());
        double loss = loss(placeholders);
        long begin = System.nanoTime();
        probe.watch();
        session.trainingIteration(
                config,
                placeholders,
                network.trained(),
                updaters,
                new MultiDataSet(tokens.ids(), tokens.labels()),
                List.of(network.lossName()),
                null,
                at);
        probe.rest();
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Measurement.Step(Map.of(), probe.counterPeak() - before, loss, seconds);
    }

    /** The session computes no loss. This one is computed by itself, and its arrays are closed. */
    private double loss(Map<String, INDArray> placeholders) {
        ArrayBooks books = new ArrayBooks(Map.of());
        InferenceLoss inference = new InferenceLoss(network.gradients(), books);
        double sum = inference.of(network.lossName(), placeholders);
        books.close();
        return sum / tokens.count();
    }

    @Override
    public long peak() {
        return loaded + books.bytes();
    }

    @Override
    public Map<Category, Long> atPeak() {
        return Map.of();
    }
}
