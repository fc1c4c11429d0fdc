package dev.headroom.validation.measure;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.measurement.Measurement;
import dev.headroom.simulator.measurement.NoDeviceException;
import dev.headroom.simulator.measurement.Trainer;
import dev.headroom.validation.network.TrainableNetwork;
import dev.headroom.validation.probe.MemoryProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.nd4j.linalg.factory.Nd4j;

/** Trains on ND4J. */
abstract sealed class Nd4jTrainer implements Trainer permits CpuTrainer, CudaTrainer {
    private static final long SEED = 7;

    /** ND4J's artifact for this backend. */
    abstract String artifact();

    /** Whether ND4J loaded this backend. */
    abstract boolean isLoaded();

    @Override
    public Measurement train(Request request, Progress progress) {
        Nd4jVersion.check(Nd4jVersion.found());
        progress.phase("starting ND4J " + SoftwareStack.ND4J);
        start();
        try (MemoryProbe probe = new MemoryProbe()) {
            try {
                return new Run(request, probe, progress).measure();
            } finally {
                probe.unlimit();
            }
        }
    }

    private void start() {
        try {
            Nd4j.create(1).close();
        } catch (LinkageError | RuntimeException e) {
            throw new NoDeviceException("ND4J does not start here: %s".formatted(rootOf(e)), e);
        }
        if (!isLoaded()) {
            throw new NoDeviceException("ND4J runs on %s here, not on %s"
                    .formatted(Nd4j.getBackend().getClass().getSimpleName(), backend()));
        }
    }

    private static Throwable rootOf(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    /** One measured training. */
    private final class Run {
        private final Request request;
        private final MemoryProbe probe;
        private final Progress progress;
        private final OptionalLong context;
        private final OptionalLong nvmlContext;
        private final List<Measurement.Step> steps = new ArrayList<>();
        private long afterLoad;
        private long driverLoaded;
        private long driverPeak;
        private Optional<Loop> loop = Optional.empty();

        Run(Request request, MemoryProbe probe, Progress progress) {
            this.request = request;
            this.probe = probe;
            this.progress = progress;
            this.context = probe.driverBytes();
            this.nvmlContext = probe.nvmlBytes();
        }

        Measurement measure() {
            request.deviceLimit().ifPresent(probe::limit);
            Optional<String> failure = Optional.empty();
            try {
                trainAll();
            } catch (RuntimeException | OutOfMemoryError e) {
                failure = Optional.of(outOfMemory(e));
            }
            long counter = steps.stream()
                    .mapToLong(Measurement.Step::deviceCounterPeak)
                    .max()
                    .orElse(0);
            return new Measurement(
                    Map.of("nd4j", SoftwareStack.ND4J, "backend", artifact()),
                    machine(),
                    probe.deviceName()
                            .map(name -> new Measurement.Device(
                                    name, probe.deviceMemory().orElse(0))),
                    afterLoad,
                    loop.map(Loop::peak).orElse(afterLoad),
                    Math.max(counter, failure.isPresent() ? probe.counterPeak() : 0),
                    context.isPresent()
                            ? Optional.of(new Measurement.Driver(context.getAsLong(), driverLoaded, driverPeak))
                            : Optional.empty(),
                    probe.driverVersion().map(version -> new Measurement.Nvml(version, nvmlContext, probe.nvmlPeak())),
                    loop.map(Loop::atPeak).orElse(Map.of()),
                    steps,
                    failure);
        }

        private void trainAll() {
            ResolvedJob job = request.job();
            boolean defaults = job.job().trainingLoop() == TrainingLoop.ND4J_DEFAULTS;
            long before = probe.counter();
            progress.phase("building the network");
            TrainableNetwork network = TrainableNetwork.build(job, SEED);
            afterLoad = defaults
                    ? probe.counter() - before
                    : network.loadedBytes().values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
            Tokens tokens = Tokens.random(job, SEED);
            Loop trained = defaults
                    ? new DefaultLoop(job, network, tokens, probe, before)
                    : new ClosingLoop(job, network, tokens, probe, progress);
            loop = Optional.of(trained);
            Nd4j.getExecutioner().commit();
            driverLoaded = probe.driverBytes().orElse(0);
            progress.phase("training %s steps".formatted(request.steps()));
            for (int i = 1; i <= request.steps(); i++) {
                Measurement.Step step = trained.step(i);
                driverPeak = Math.max(driverPeak, probe.driverPeak().orElse(0));
                steps.add(step);
                progress.stepDone(step);
            }
        }

        /** What ND4J says when an allocation fails; anything else is no lack of memory and goes on. */
        private String outOfMemory(Throwable thrown) {
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                String message = String.valueOf(cause.getMessage());
                if (cause instanceof OutOfMemoryError
                        || message.contains("llocation failed")
                        || message.contains("out of memory")
                        || message.contains("device limit")
                        || message.contains("DEVICE")) {
                    probe.rest();
                    driverPeak = Math.max(driverPeak, probe.driverPeak().orElse(0));
                    return message.lines().findFirst().orElse("");
                }
            }
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            throw (Error) thrown;
        }

        private Map<String, String> machine() {
            Map<String, String> machine = new TreeMap<>();
            machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
            machine.put("java", System.getProperty("java.version"));
            machine.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
            return machine;
        }
    }
}
