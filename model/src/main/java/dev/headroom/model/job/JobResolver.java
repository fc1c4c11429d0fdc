package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.Positions;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.architecture.WeightedModule.Kind;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.BitFit;
import dev.headroom.model.method.LastLayers;
import dev.headroom.model.method.LnTuning;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.method.PromptMethod;
import dev.headroom.model.method.Targets;
import dev.headroom.model.method.TrainedBeside;
import dev.headroom.model.platform.ComputeCapability;
import dev.headroom.model.platform.Gpu;
import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.model.platform.ProcessOverhead.Basis;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Binds a job to its model and card, and refuses what makes no sense or what no rule covers. */
public final class JobResolver {
    /** Values of {@code model_type} whose forward pass is known. */
    public static final Set<String> SUPPORTED_MODEL_TYPES = Family.modelTypes();

    private final List<ProcessOverhead> overheads;

    /**
     * @param overheads what processes hold on the cards on which that was measured, preferred ones first; at least one
     */
    public JobResolver(List<ProcessOverhead> overheads) {
        if (overheads.isEmpty()) {
            throw new IllegalArgumentException("overheads must not be empty");
        }
        this.overheads = List.copyOf(overheads);
    }

    /**
     * Binds every number of a job.
     *
     * @throws RefusedJobException with every problem at once
     */
    public ResolvedJob resolve(FineTuningJob job, Architecture described, Optional<Gpu> gpu) {
        Architecture implemented = StackRules.asImplemented(described, job);
        Architecture model = job.layersOverride().isPresent()
                ? implemented.withLayers(job.layersOverride().getAsInt())
                : implemented;
        List<Problem> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        checkModel(job, model, problems, warnings);
        checkMethod(job, model, problems, warnings);
        CheckpointingRules.check(job, model, problems);
        if (job.runtime() == RuntimeKind.SAMEDIFF) {
            SameDiffRules.check(job, model, problems, warnings);
        } else {
            checkRules(job, problems);
            StackRules.check(job, model, problems, warnings);
            FlashAttentionRules.check(job, model, problems, warnings);
            LatentAttentionRules.check(job, model, problems);
            GptOssRules.check(job, model, problems, warnings);
            Llama4Rules.check(job, model, problems);
            LossRules.check(job, model, problems, warnings);
            MlpRules.check(job, model, problems);
            QuantizationRules.check(job, problems, warnings);
        }
        ComputeCapability capability = gpu.map(Gpu::computeCapability).orElse(ComputeCapability.HOPPER);
        checkCard(job, capability, problems);
        ExpertRules.check(job, model, capability, problems);
        LowRankRules.check(job, model, capability, problems, warnings);
        if (!problems.isEmpty()) {
            throw new RefusedJobException(problems);
        }
        if (gpu.isEmpty()) {
            warnings.add("no GPU named: kernels and workspaces as on compute capability 9.0 (H100, H200)");
        }
        ProcessOverhead overhead = overheadOn(job.runtime(), gpu, capability, warnings);
        return new ResolvedJob(job, model, gpu, capability, overhead, warnings);
    }

    private static void checkModel(
            FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        if (!SUPPORTED_MODEL_TYPES.contains(model.modelType())) {
            problems.add(Problem.unsupported(
                    "model",
                    "no rule for the forward pass of architecture '%s' yet; supported: %s"
                            .formatted(model.modelType(), String.join(", ", new TreeSet<>(SUPPORTED_MODEL_TYPES)))));
        }
        Family.of(model.modelType())
                .flatMap(family -> family.missingRule(model))
                .ifPresent(rule -> problems.add(Problem.unsupported("model", rule)));
        int virtual = job.method() instanceof PromptMethod prompt ? prompt.virtualTokens() : 0;
        long length = Math.addExact(job.batch().sequenceLength(), (long) virtual);
        Positions positions = model.positions();
        if (length > positions.maximum()) {
            if (positions.kind() == Positions.Kind.LEARNED) {
                problems.add(Problem.invalid(
                        "sequenceLength",
                        "%d is beyond the %d learned positions of %s"
                                .formatted(length, positions.maximum(), job.model())));
            } else {
                warnings.add("sequenceLength is %d, but %s was made for at most %d (rotary positions extend)"
                        .formatted(length, job.model(), positions.maximum()));
            }
        }
    }

    private static void checkMethod(
            FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        if (job.method() instanceof AdapterMethod adapter
                && Family.of(model.modelType()).isPresent()) {
            checkTargets(job, adapter, model, problems);
            EndRules.check(job, adapter, model, problems);
            checkSavedModules(job, adapter, model, problems);
            for (String key : adapter.unusedKeys(model)) {
                warnings.add(
                        "rankPattern: '%s' decides the rank of no adapted layer of %s".formatted(key, job.model()));
            }
        }
        if (job.method() instanceof BitFit
                && Family.of(model.modelType()).stream()
                        .flatMap(family -> family.modules(model).stream())
                        .filter(module -> module.kind() != Kind.BUFFER)
                        .flatMap(module -> module.weights().stream())
                        .noneMatch(weight -> weight.name().endsWith("bias"))) {
            problems.add(Problem.invalid("method.name", "%s has no biases to train".formatted(job.model())));
        }
        if (job.method() instanceof LastLayers last && last.count() > model.layers()) {
            problems.add(Problem.invalid(
                    "method.trainedLayers",
                    "%d layers are to train, and %s has %d".formatted(last.count(), job.model(), model.layers())));
        }
        if (job.method() instanceof PrefixTuning prefix) {
            checkPrefixTuning(job, prefix, model, problems);
        }
        if (job.method() instanceof LnTuning tuning && !tuning.appliesTo(model)) {
            problems.add(Problem.unsupported(
                    "method.name",
                    "no rule for ln-tuning of '%s': PEFT has no standard choice of its norms"
                            .formatted(model.modelType())));
        }
    }

    /** Source: peft 0.21, {@code peft_model.py}, {@code _setup_prompt_encoder}, {@code get_prompt}. */
    private static void checkPrefixTuning(
            FineTuningJob job, PrefixTuning prefix, Architecture model, List<Problem> problems) {
        if (job.checkpointing().isOn()) {
            problems.add(Problem.invalid(
                    "checkpointing",
                    "prefix-tuning does not work with it: the cache is dropped, and the mask does not fit"));
        }
        OptionalLong window = model.attention().slidingWindow();
        if (window.isPresent() && prefix.virtualTokens() >= window.getAsLong()) {
            problems.add(Problem.unsupported(
                    "method.virtualTokens",
                    "no rule for %d virtual tokens, which do not fit the window of %d of %s"
                            .formatted(prefix.virtualTokens(), window.getAsLong(), job.model())));
        }
        if (model.modelType().equals("falcon")) {
            problems.add(Problem.unsupported("method.name", "no rule yet for prefix-tuning of falcon"));
        }
    }

    private static void checkSavedModules(
            FineTuningJob job, AdapterMethod method, Architecture model, List<Problem> problems) {
        List<WeightedModule> modules = model.modules();
        List<WeightedModule> ends = List.of(modules.get(0), modules.get(modules.size() - 1));
        for (String name : method.beside().modules()) {
            TrainedBeside one = new TrainedBeside(TrainedBeside.Biases.NONE, List.of(name));
            if (ends.stream().noneMatch(module -> one.replaces(module.path()))) {
                problems.add(Problem.invalid(
                        "method.modulesToSave",
                        "'%s' is neither the embedding nor the head of %s; these are: %s"
                                .formatted(
                                        name,
                                        job.model(),
                                        ends.stream().map(WeightedModule::name).collect(Collectors.joining(", ")))));
            }
        }
    }

    private static void checkTargets(
            FineTuningJob job, AdapterMethod method, Architecture model, List<Problem> problems) {
        for (String word : method.unknownWords(model)) {
            problems.add(Problem.invalid(
                    "method.targets",
                    "'%s' names no linear layer of %s; it has: %s"
                            .formatted(word, job.model(), String.join(", ", Targets.wordsFor(model)))));
        }
        method.problem(model).ifPresent(problem -> problems.add(Problem.invalid("method.targets", problem)));
        method.missingRule(model).ifPresent(rule -> problems.add(Problem.unsupported("method.targets", rule)));
        List<WeightedModule> layers = method.layers(model);
        if (layers.stream().anyMatch(target -> target.kind() == Kind.CONV1D)) {
            checkConv1d(job, method, problems);
        }
        if (layers.isEmpty() && method.parameters(model).isEmpty()) {
            problems.add(Problem.invalid(
                    "method.targets",
                    "'%s' names nothing that %s can adapt in %s; it has: %s"
                            .formatted(
                                    method.targets(),
                                    method.name(),
                                    job.model(),
                                    String.join(", ", Targets.wordsFor(model)))));
        }
        for (WeightedModule target : layers) {
            long limit = Math.min(target.inputs(), target.outputs());
            if (limit == 1) {
                continue; // A gate of one output is adapted with any rank.
            }
            int side = method.requiredSide(target).orElse(0);
            if (side > limit) {
                problems.add(Problem.invalid(
                        "method.rank",
                        "%d is larger than the matrix it adapts: %s is %d×%d, so at most %d"
                                .formatted(side, target.name(), target.outputs(), target.inputs(), limit)));
                break;
            }
        }
    }

    private static void checkConv1d(FineTuningJob job, AdapterMethod method, List<Problem> problems) {
        if (!method.adaptsConv1d()) {
            problems.add(Problem.invalid(
                    "method.name",
                    "PEFT has no %s adapter for Conv1D, of which the layers of %s are made"
                            .formatted(method.name(), job.model())));
        }
    }

    private static void checkRules(FineTuningJob job, List<Problem> problems) {
        if (SameDiffRules.LOOPS.contains(job.trainingLoop())) {
            problems.add(Problem.invalid(
                    "trainingLoop",
                    "'%s' is a loop of samediff; pytorch has transformers-trainer, holds-outputs and frees-outputs"
                            .formatted(job.trainingLoop().id())));
        }
        if (job.trainingLoop() == TrainingLoop.TRANSFORMERS_TRAINER
                && job.optimizer() != OptimizerKind.ADAMW
                && job.optimizer() != OptimizerKind.ADAMW_FUSED
                && !job.optimizer().isBitsandbytes()
                && !job.optimizer().isLowRank()) {
            problems.add(Problem.unsupported(
                    "optimizer",
                    "no rule for '%s' under the Trainer yet; use adamw, adamw-fused, galore-adamw, apollo-adamw or one of bitsandbytes"
                            .formatted(job.optimizer().id())));
        }
    }

    private static void checkCard(FineTuningJob job, ComputeCapability capability, List<Problem> problems) {
        boolean bfloat16 = job.precision().weights() == DType.BFLOAT16
                || job.precision().autocast().filter(DType.BFLOAT16::equals).isPresent();
        if (bfloat16 && !capability.atLeast(ComputeCapability.AMPERE)) {
            problems.add(Problem.unsupported(
                    "gpu", "no rule for bfloat16 on compute capability %s, which emulates it".formatted(capability)));
        }
    }

    private ProcessOverhead overheadOn(
            RuntimeKind runtime, Optional<Gpu> gpu, ComputeCapability capability, List<String> warnings) {
        String id = gpu.map(Gpu::id).orElse("");
        List<ProcessOverhead> ofRuntime = overheads.stream()
                .filter(overhead -> overhead.isOfNd4j() == (runtime == RuntimeKind.SAMEDIFF))
                .toList();
        Optional<ProcessOverhead> measured =
                ofRuntime.stream().filter(overhead -> overhead.gpu().equals(id)).findFirst();
        if (measured.isPresent()) {
            sayIfCalibrated(measured.get(), runtime, warnings);
            return measured.get();
        }
        ProcessOverhead other = (ofRuntime.isEmpty() ? overheads : ofRuntime).get(0);
        if (gpu.isPresent()) {
            warnings.add(
                    "process overhead (CUDA context and modules) not measured on %s (compute capability %s): assumed as on %s"
                            .formatted(id, capability, other.gpu()));
        }
        sayIfCalibrated(other, runtime, warnings);
        return other.carriedOver();
    }

    private void sayIfCalibrated(ProcessOverhead overhead, RuntimeKind runtime, List<String> warnings) {
        if (overhead.basis() == Basis.CALIBRATED) {
            warnings.add("process overhead of %s is calibrated, not Headroom's own: %s"
                    .formatted(overhead.gpu(), overhead.source()));
        } else if (overheads.stream().anyMatch(any -> any.basis() == Basis.CALIBRATED)) {
            warnings.add("the calibration does not cover %s under %s: Headroom's own figures are used"
                    .formatted(overhead.gpu(), runtime.id()));
        }
    }
}
