package dev.headroom.validation;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Architecture.Biases;
import dev.headroom.model.architecture.Architecture.Positions;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Targets;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.Precision;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.catalog.OverheadCatalog;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Jobs so small that they train in a second. Immutable; each {@code with} method changes one thing. */
public record TinyJobs(
        String modelType,
        long keyValueHeads,
        int layers,
        boolean tied,
        Method method,
        int batch,
        int length,
        DType type,
        OptimizerKind optimizer,
        TrainingLoop loop) {
    static final long HIDDEN = 32;
    static final long INTERMEDIATE = 88;
    static final long HEADS = 4;
    static final long VOCABULARY = 120;

    public static TinyJobs full() {
        return new TinyJobs(
                "llama",
                2,
                2,
                false,
                new FullFineTuning(),
                1,
                16,
                DType.FLOAT32,
                OptimizerKind.ADAM,
                TrainingLoop.CLOSES_ARRAYS);
    }

    static TinyJobs lora(int rank) {
        return full().with(new Lora(rank, Targets.ALL_LINEAR, 0, AdapterDtype.AUTO));
    }

    public TinyJobs with(Method changed) {
        return new TinyJobs(modelType, keyValueHeads, layers, tied, changed, batch, length, type, optimizer, loop);
    }

    TinyJobs of(String changedType, long changedHeads) {
        return new TinyJobs(changedType, changedHeads, layers, tied, method, batch, length, type, optimizer, loop);
    }

    TinyJobs layers(int changed) {
        return new TinyJobs(modelType, keyValueHeads, changed, tied, method, batch, length, type, optimizer, loop);
    }

    TinyJobs tiedHead() {
        return new TinyJobs(modelType, keyValueHeads, layers, true, method, batch, length, type, optimizer, loop);
    }

    public TinyJobs shaped(int changedBatch, int changedLength) {
        return new TinyJobs(
                modelType, keyValueHeads, layers, tied, method, changedBatch, changedLength, type, optimizer, loop);
    }

    TinyJobs in(DType changed) {
        return new TinyJobs(modelType, keyValueHeads, layers, tied, method, batch, length, changed, optimizer, loop);
    }

    TinyJobs by(OptimizerKind changed) {
        return new TinyJobs(modelType, keyValueHeads, layers, tied, method, batch, length, type, changed, loop);
    }

    TinyJobs loop(TrainingLoop changed) {
        return new TinyJobs(modelType, keyValueHeads, layers, tied, method, batch, length, type, optimizer, changed);
    }

    Architecture architecture() {
        return new Architecture(
                modelType,
                HIDDEN,
                INTERMEDIATE,
                layers,
                new AttentionHeads(HEADS, keyValueHeads, HIDDEN / HEADS, OptionalLong.empty()),
                VOCABULARY,
                new Biases(modelType.equals("qwen2"), false, false),
                tied,
                new Positions(Positions.Kind.ROTARY, 2048));
    }

    ResolvedJob resolve() {
        return on(architecture());
    }

    /** The same job on another model. */
    public ResolvedJob on(Architecture model) {
        FineTuningJob job = new FineTuningJob(
                "tiny",
                method,
                new BatchShape(batch, length, false),
                new Precision(type, Optional.empty(), Optional.empty()),
                AttentionImplementation.EAGER,
                Checkpointing.NONE,
                LossKernel.STANDARD,
                OptionalInt.empty(),
                optimizer,
                128,
                OptionalDouble.empty(),
                1,
                loop,
                false,
                AllocatorSettings.STANDARD,
                OptionalInt.empty(),
                RuntimeKind.SAMEDIFF,
                SoftwareStack.NEWEST);
        return new JobResolver(new OverheadCatalog().all()).resolve(job, model, Optional.empty());
    }
}
