package dev.headroom.validation.measure;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Figure;
import dev.headroom.model.samediff.network.LlamaNetwork;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.Trainer;
import dev.headroom.validation.network.TrainableNetwork;
import dev.headroom.validation.probe.MemoryProbe;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.GradientUpdater;

/** Trains with arrays closed as soon as nothing needs them, and all that are left after each step. */
final class ClosingLoop implements Loop {
    private final TrainableNetwork network;
    private final Tokens tokens;
    private final MemoryProbe probe;
    private final TrainingConfig config;

    @SuppressWarnings("rawtypes") // as ND4J declares it
    private final Map<String, GradientUpdater> updaters;

    private final ArrayBooks books;
    private final ClosingSession session;
    private final Trainer.Progress progress;
    private final Map<Figure, Long> figures = new EnumMap<>(Figure.class);
    private int step;
    private int done;

    ClosingLoop(
            ResolvedJob job, TrainableNetwork network, Tokens tokens, MemoryProbe probe, Trainer.Progress progress) {
        this.network = network;
        this.tokens = tokens;
        this.probe = probe;
        this.progress = progress;
        this.config = Updaters.config(
                job.job().optimizer(), network.lossName(), List.of(LlamaNetwork.TOKENS), List.of(LlamaNetwork.LABELS));
        network.gradients().setTrainingConfig(config);
        List<SDVariable> trained =
                network.trained().stream().map(network.gradients()::getVariable).toList();
        this.updaters = Updaters.make(config, trained);
        this.books = new ArrayBooks(network.loadedBytes());
        books.add(Category.TRANSIENT, TrainableNetwork.bytes(tokens.ids()) + TrainableNetwork.bytes(tokens.labels()));
        for (SDVariable variable : trained) {
            long state = config.getUpdater().stateSize(variable.getArr().length());
            books.add(Category.OPTIMIZER_STATE, Math.multiplyExact(state, (long)
                    variable.dataType().width()));
        }
        this.session = new ClosingSession(network, books, this::before);
    }

    private void before(String operation) {
        if (operation.equals(ClosingSession.FIRST_OF_BACKWARD)) {
            figures.put(Figure.FORWARD_END, books.bytes());
            figures.put(Figure.FORWARD_PEAK, books.peakSinceMark());
        }
        done++;
        progress.advance(step, Math.min(1.0, (double) done / Math.max(1, session.operations())));
    }

    @Override
    public Measurement.Step step(int number) {
        step = number;
        done = 0;
        figures.clear();
        At at = At.builder()
                .epoch(0)
                .iteration(number - 1)
                .trainingThreadNum(0)
                .javaThreadNum(Thread.currentThread().getId())
                .operation(Operation.TRAINING)
                .build();
        books.peakSinceMark();
        figures.put(Figure.START, books.bytes());
        long begin = System.nanoTime();
        probe.watch();
        Loss loss = session.trainingIteration(
                config,
                Map.of(LlamaNetwork.TOKENS, tokens.ids(), LlamaNetwork.LABELS, tokens.labels()),
                network.trained(),
                updaters,
                new MultiDataSet(tokens.ids(), tokens.labels()),
                List.of(network.lossName()),
                null,
                at);
        probe.rest();
        double seconds = (System.nanoTime() - begin) / 1e9;
        figures.put(Figure.BACKWARD_END, books.bytes());
        figures.put(Figure.BACKWARD_PEAK, books.peakSinceMark());
        books.releaseAll();
        session.clear();
        figures.put(Figure.ZERO_GRAD_END, books.bytes());
        return new Measurement.Step(figures, probe.counterPeak(), loss.totalLoss() / tokens.count(), seconds);
    }

    @Override
    public long peak() {
        return books.peak();
    }

    @Override
    public Map<Category, Long> atPeak() {
        return books.atPeak();
    }
}
