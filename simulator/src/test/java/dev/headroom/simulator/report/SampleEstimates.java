package dev.headroom.simulator.report;

import dev.headroom.model.MemoryEstimate;
import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.explain.MemoryNode;
import dev.headroom.model.explain.Source;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.JobResolver;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Targets;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.program.Category;
import dev.headroom.model.program.Phase;
import dev.headroom.model.quantity.Bytes;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Polynomial;
import dev.headroom.model.training.AllocatorSettings;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.Precision;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.catalog.GpuCatalog;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.input.Place;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Estimates with round, made-up numbers, to show how results are rendered whatever the model computes. */
final class SampleEstimates {
    static final Method LORA = new Lora(64, Targets.ALL_LINEAR, 0.1, AdapterDtype.AUTO);
    static final Method FULL = new FullFineTuning();

    private static final long GB = 1_000_000_000L;
    private static final Source RULE =
            new Source(Source.Kind.SOURCE_CODE, "torch 2.11, aten/src/ATen/native/Linear.cpp");
    private static final Source ALLOCATOR =
            new Source(Source.Kind.SOURCE_CODE, "torch 2.11, c10/cuda/CUDACachingAllocator.cpp");
    private static final Source MEASURED = new Source(Source.Kind.MEASURED, "an H200 with driver 580.159.04");

    private SampleEstimates() {}

    static FineTuningJob job(Method method, int length) {
        return new FineTuningJob(
                "tinyllama-1.1b",
                method,
                new BatchShape(2, length, false),
                new Precision(DType.FLOAT32, Optional.empty()),
                AttentionImplementation.EAGER,
                Checkpointing.NONE,
                LossKernel.STANDARD,
                OptionalInt.empty(),
                OptimizerKind.ADAMW,
                128,
                OptionalDouble.of(1),
                1,
                TrainingLoop.HOLDS_OUTPUTS,
                false,
                AllocatorSettings.STANDARD,
                OptionalInt.empty(),
                RuntimeKind.PYTORCH,
                SoftwareStack.NEWEST);
    }

    /** An estimate on an A100 of 80 GiB; the activations' part is {@code activations} bytes. */
    static MemoryEstimate estimate(Method method, int length, long activations) {
        boolean full = method.equals(FULL);
        Gpu gpu = new GpuCatalog().find("a100-80gb", Place.of("test")).gpu();
        Architecture model = new ModelCatalog().architecture("tinyllama-1.1b", Place.of("test"));
        ProcessOverhead overhead = new ProcessOverhead(
                "a100-80gb",
                "580",
                "cuda 13",
                new Bytes(GB / 2),
                new Bytes(GB / 4),
                Map.of(),
                ProcessOverhead.LARGEST_PAGE,
                "an H200",
                ProcessOverhead.Basis.MEASURED);
        ResolvedJob job = new JobResolver(List.of(overhead)).resolve(job(method, length), model, Optional.of(gpu));
        long weights = 4_400_193_536L;
        long gradients = full ? weights : 201_850_880L;
        Polynomial formula = Polynomial.constant(weights + 3 * gradients)
                .plus(Polynomial.BATCH.times(Polynomial.SEQUENCE).times(1_000_000))
                .plus(Polynomial.BATCH
                        .times(Polynomial.SEQUENCE)
                        .times(Polynomial.SEQUENCE)
                        .times(5_632));
        MemoryNode.Group breakdown = new MemoryNode.Group(
                "process",
                "process",
                List.of(
                        leaf(full ? Category.TRAINABLE_WEIGHTS : Category.FROZEN_WEIGHTS, weights, 201, RULE),
                        leaf(Category.ADAPTERS, full ? 0 : gradients, full ? 0 : 308, RULE),
                        leaf(Category.GRADIENTS, gradients, 201, RULE),
                        leaf(Category.OPTIMIZER_STATE, 2 * gradients, 402, RULE),
                        new MemoryNode.Group(
                                Category.SAVED_ACTIVATIONS.id(),
                                Category.SAVED_ACTIVATIONS.label(),
                                List.of(
                                        new MemoryNode.Leaf(
                                                "attention",
                                                "attention",
                                                new Bytes(activations - activations / 4),
                                                66,
                                                "5632·b·s²",
                                                RULE),
                                        new MemoryNode.Leaf(
                                                "norm", "norm", new Bytes(activations / 4), 1, "1000000·b·s", RULE))),
                        leaf(Category.ALLOCATOR_ROUNDING, 4_096, 0, ALLOCATOR),
                        leaf(Category.CACHED_FREE, GB, 0, ALLOCATOR),
                        leaf(Category.PROCESS_OVERHEAD, 3 * GB / 4, 0, MEASURED)));
        long process = breakdown.bytes().count();
        long reserved = process - 3 * GB / 4;
        long headroom = gpu.memory().count() - process;
        return new MemoryEstimate(
                job,
                new Bytes(reserved - GB),
                new Bytes(reserved),
                new Bytes(process),
                new MemoryEstimate.Peak(2, Phase.BACKWARD, "model.layers.21.self_attn", "SoftmaxBackward0", formula),
                breakdown,
                new MemoryEstimate.AfterLoad(new Bytes(weights), new Bytes(weights + 1_000_000), 321),
                List.of(Map.of()),
                new MemoryEstimate.Parameters(
                        1_100_048_384L, full ? 1_100_048_384L : 1_150_511_104L, full ? 1_100_048_384L : 50_462_720L),
                Optional.of(
                        new MemoryEstimate.Verdict(headroom >= 0, gpu.id(), gpu.memory(), Bytes.ZERO, headroom, false)),
                List.of("the numbers of this sample are made up"));
    }

    private static MemoryNode.Leaf leaf(Category category, long bytes, long tensors, Source source) {
        return new MemoryNode.Leaf(category.id(), category.label(), new Bytes(bytes), tensors, "", source);
    }
}
