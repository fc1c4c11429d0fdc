package dev.headroom.simulator.measured;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.Problem;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Targets;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.BatchShape;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.Precision;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.input.NearestWord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code job} object of a record. Its keys are those of a job file; it is read strictly, so that no row is
 * predicted for another job than the one that ran.
 */
final class RecordedJobReader {
    private static final Set<String> KEYS = Set.of(
            "model",
            "method",
            "microBatch",
            "sequenceLength",
            "weightDtype",
            "quantization",
            "autocastDtype",
            "attention",
            "checkpointing",
            "lossKernel",
            "optimizer",
            "maxGradNorm",
            "gradientAccumulation",
            "trainingLoop",
            "paddedBatch",
            "useCache",
            "expandableSegments",
            "layersOverride",
            "runtime",
            "stack",
            "parallelism",
            "mixedPrecisionPolicy");
    private static final Set<String> METHOD_KEYS = Set.of(
            "name",
            "rank",
            "targets",
            "dropout",
            "adapterDtype",
            "virtualTokens",
            "encoderHiddenSize",
            "initialRank",
            "blockSize");

    /** Methods that exist, but have no rules yet. */
    private static final Set<String> METHODS_WITHOUT_RULES = Set.of(
            "adalora",
            "bitfit",
            "boft",
            "dora",
            "full-frozen-embeddings",
            "ia3",
            "last-4-layers",
            "lm-head-only",
            "ln-tuning",
            "loha",
            "lokr",
            "oft",
            "p-tuning",
            "prefix-tuning",
            "prompt-tuning",
            "rslora",
            "vera");

    /** Optimizers that exist, but have no rules yet. */
    private static final Set<String> OPTIMIZERS_WITHOUT_RULES = Set.of(
            "adafactor", "adagrad", "adam", "adam-8bit", "adamw-8bit", "lion", "lion-8bit", "paged-adamw", "rmsprop");

    private final Map<String, @Nullable Object> object;
    private final Map<String, String> facets = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private RecordedJobReader(Map<String, @Nullable Object> object) {
        this.object = object;
    }

    /**
     * Reads a job.
     *
     * @param object the record's {@code job}, as {@link JsonValue} gives it
     * @param stack the record's versions, which apply unless the job names its own
     */
    static RecordedJob read(Map<String, @Nullable Object> object, SoftwareStack stack) {
        return new RecordedJobReader(object).read(stack);
    }

    private RecordedJob read(SoftwareStack recordStack) {
        checkKeys("", object, KEYS);
        String model = text(object, "", "model", "");
        if (model.isEmpty() && problems.isEmpty()) {
            problems.add(Problem.invalid("model", "is missing"));
        }
        Optional<Method> method = method();
        int microBatch = positive(object, "", "microBatch", OptionalInt.of(1));
        int sequenceLength = positive(object, "", "sequenceLength", OptionalInt.empty());
        DType weights = dtype("weightDtype").orElse(DType.BFLOAT16);
        facets.put("weightDtype", weights.longName());
        Optional<DType> autocast = dtype("autocastDtype");
        facets.put("autocastDtype", autocast.map(DType::longName).orElse(RecordedJob.NONE));
        facets.put(
                "precision",
                weights.shortName()
                        + autocast.map(type -> "+autocast-" + type.shortName()).orElse(""));
        facets.put("quantization", quantization());
        AttentionImplementation attention = word(
                "attention",
                AttentionImplementation.SDPA,
                AttentionImplementation::parse,
                AttentionImplementation::id,
                AttentionImplementation.values());
        Checkpointing checkpointing = word(
                "checkpointing", Checkpointing.NONE, Checkpointing::parse, Checkpointing::id, Checkpointing.values());
        LossKernel loss =
                word("lossKernel", LossKernel.STANDARD, LossKernel::parse, LossKernel::id, LossKernel.values());
        OptimizerKind optimizer = optimizer();
        OptionalDouble maxGradNorm = maxGradNorm();
        int accumulation = positive(object, "", "gradientAccumulation", OptionalInt.of(1));
        TrainingLoop loop = word(
                "trainingLoop",
                TrainingLoop.TRANSFORMERS_TRAINER,
                TrainingLoop::parse,
                TrainingLoop::id,
                TrainingLoop.values());
        boolean padded = flag("paddedBatch");
        boolean useCache = flag("useCache");
        boolean expandable = flag("expandableSegments");
        OptionalInt layers = layersOverride();
        RuntimeKind runtime =
                word("runtime", RuntimeKind.PYTORCH, RuntimeKind::parse, RuntimeKind::id, RuntimeKind.values());
        SoftwareStack stack = stack(recordStack);
        parallelism();
        if (!problems.isEmpty() || method.isEmpty()) {
            return RecordedJob.refused(facets, problems);
        }
        try {
            return RecordedJob.readable(
                    facets,
                    new FineTuningJob(
                            model,
                            method.get(),
                            new BatchShape(microBatch, sequenceLength, padded),
                            new Precision(weights, autocast),
                            attention,
                            checkpointing,
                            loss,
                            optimizer,
                            maxGradNorm,
                            accumulation,
                            loop,
                            useCache,
                            expandable,
                            layers,
                            runtime,
                            stack));
        } catch (IllegalArgumentException e) {
            return RecordedJob.refused(facets, List.of(Problem.invalid("job", String.valueOf(e.getMessage()))));
        }
    }

    private Optional<Method> method() {
        Map<String, @Nullable Object> fields = object(object, "method");
        checkKeys("method.", fields, METHOD_KEYS);
        String name = text(fields, "method.", "name", "lora");
        if (name.equals("full")) {
            facets.put("method.rank", RecordedJob.NONE);
            facets.put("method.targets", RecordedJob.NONE);
            facets.put("method.dropout", RecordedJob.NONE);
            facets.put("method.adapterDtype", RecordedJob.NONE);
            return Optional.of(new FullFineTuning());
        }
        int rank = positive(fields, "method.", "rank", OptionalInt.of(16));
        double dropout = number(fields, "method.", "dropout", 0.0);
        Targets targets = targets(fields);
        Lora.AdapterDtype adapterDtype = adapterDtype(fields);
        if (METHODS_WITHOUT_RULES.contains(name)) {
            problems.add(Problem.unsupported("method.name", "no rule for method '%s' yet".formatted(name)));
            return Optional.empty();
        }
        if (!name.equals("lora")) {
            List<String> known = new ArrayList<>(METHODS_WITHOUT_RULES);
            known.addAll(List.of("full", "lora"));
            problems.add(Problem.invalid("method.name", unknown("method", name, known)));
            return Optional.empty();
        }
        try {
            return Optional.of(new Lora(rank, targets, dropout, adapterDtype));
        } catch (IllegalArgumentException e) {
            problems.add(Problem.invalid("method", String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private Targets targets(Map<String, @Nullable Object> fields) {
        Object value = fields.get("targets");
        List<String> words = new ArrayList<>();
        if (value == null) {
            words.add("all-linear");
        } else if (value instanceof List<?> list) {
            list.forEach(item -> words.add(String.valueOf(item)));
        } else {
            words.addAll(Arrays.asList(String.valueOf(value).split(",", -1)));
        }
        Optional<Targets> union = Optional.empty();
        for (String word : words) {
            Optional<Targets> targets = Targets.parse(word.strip());
            if (targets.isEmpty()) {
                problems.add(Problem.invalid("method.targets", unknown("target", word, Targets.words())));
            } else {
                union = Optional.of(union.map(targets.get()::and).orElse(targets.get()));
            }
        }
        Targets result = union.orElse(Targets.ALL_LINEAR);
        facets.put("method.targets", result.toString());
        return result;
    }

    private Lora.AdapterDtype adapterDtype(Map<String, @Nullable Object> fields) {
        String value = text(fields, "method.", "adapterDtype", "auto");
        switch (value) {
            case "auto":
                return Lora.AdapterDtype.AUTO;
            case "weights":
                return Lora.AdapterDtype.WEIGHTS;
            default:
                Optional<DType> type = DType.parse(value);
                facets.put("method.adapterDtype", type.map(DType::longName).orElse(value));
                if (type.filter(DType.FLOAT32::equals).isPresent()) {
                    return Lora.AdapterDtype.FP32;
                }
                if (type.isPresent() && type.equals(DType.parse(String.valueOf(object.get("weightDtype"))))) {
                    return Lora.AdapterDtype.WEIGHTS;
                }
                problems.add(Problem.invalid(
                        "method.adapterDtype",
                        unknown("adapter type", value, List.of("auto", "fp32", "float32", "weights"))));
                return Lora.AdapterDtype.AUTO;
        }
    }

    private String quantization() {
        Object value = object.get("quantization");
        if (value == null) {
            return RecordedJob.NONE;
        }
        Object kind = value instanceof Map<?, ?> map ? map.get("kind") : value;
        if (kind == null || kind.equals(RecordedJob.NONE)) {
            return RecordedJob.NONE;
        }
        problems.add(Problem.unsupported("quantization", "no rule for quantization '%s' yet".formatted(kind)));
        return String.valueOf(kind);
    }

    private OptimizerKind optimizer() {
        String name = text(object, "", "optimizer", OptimizerKind.ADAMW.id());
        Optional<OptimizerKind> kind = OptimizerKind.parse(name);
        if (kind.isEmpty()) {
            if (OPTIMIZERS_WITHOUT_RULES.contains(name)) {
                problems.add(Problem.unsupported("optimizer", "no rule for optimizer '%s' yet".formatted(name)));
            } else {
                List<String> known = new ArrayList<>(OPTIMIZERS_WITHOUT_RULES);
                Arrays.stream(OptimizerKind.values()).map(OptimizerKind::id).forEach(known::add);
                problems.add(Problem.invalid("optimizer", unknown("optimizer", name, known)));
            }
        }
        return kind.orElse(OptimizerKind.ADAMW);
    }

    private OptionalDouble maxGradNorm() {
        if (object.containsKey("maxGradNorm")) {
            Object value = object.get("maxGradNorm");
            if (value == null || value.equals(RecordedJob.NONE)) {
                facets.put("maxGradNorm", RecordedJob.NONE);
                return OptionalDouble.empty();
            }
        }
        double norm = number(object, "", "maxGradNorm", 1.0);
        if (norm > 0) {
            return OptionalDouble.of(norm);
        }
        problems.add(Problem.invalid("maxGradNorm", "is %s; it must be positive, or null for none".formatted(norm)));
        return OptionalDouble.empty();
    }

    private OptionalInt layersOverride() {
        if (object.get("layersOverride") == null) {
            facets.put("layersOverride", RecordedJob.NONE);
            return OptionalInt.empty();
        }
        return OptionalInt.of(positive(object, "", "layersOverride", OptionalInt.of(1)));
    }

    private SoftwareStack stack(SoftwareStack recordStack) {
        Object value = object.get("stack");
        SoftwareStack stack = value instanceof Map<?, ?> map ? stackOf(map) : recordStack;
        facets.put("stack", stack.toString());
        return stack;
    }

    /** The versions a record names, shortened to the two numbers that rules are keyed by; the newest if it names none. */
    static SoftwareStack stackOf(Map<?, ?> versions) {
        SoftwareStack newest = SoftwareStack.NEWEST;
        return new SoftwareStack(
                majorMinor(versions.get("torch"), newest.torch()),
                majorMinor(versions.get("transformers"), newest.transformers()),
                majorMinor(versions.get("peft"), newest.peft()),
                majorMinor(versions.get("cuda"), newest.cuda()));
    }

    private static String majorMinor(@Nullable Object version, String otherwise) {
        if (version == null) {
            return otherwise;
        }
        String[] parts = String.valueOf(version).split("[.+]", 3);
        return parts.length < 2 ? parts[0] : parts[0] + "." + parts[1];
    }

    private void parallelism() {
        Map<String, @Nullable Object> fields = object(object, "parallelism");
        String kind = text(fields, "parallelism.", "kind", RecordedJob.NONE);
        if (!kind.equals(RecordedJob.NONE)) {
            problems.add(Problem.unsupported("parallelism", "no rule for parallelism kind '%s' yet".formatted(kind)));
        }
        if (object.get("mixedPrecisionPolicy") != null) {
            problems.add(Problem.unsupported("mixedPrecisionPolicy", "no rule for a mixed-precision policy yet"));
        }
    }

    // Single values. Each puts its facet, adds a problem if it makes no sense, and then returns a stand-in.

    private void checkKeys(String prefix, Map<String, @Nullable Object> fields, Set<String> known) {
        for (String key : fields.keySet()) {
            if (!known.contains(key)) {
                problems.add(Problem.invalid(
                        prefix + key, "unknown job key" + maybe(key, known)));
            }
        }
    }

    @SuppressWarnings("unchecked") // JsonValue makes maps with string keys only
    private Map<String, @Nullable Object> object(Map<String, @Nullable Object> fields, String key) {
        Object value = fields.get(key);
        if (value instanceof Map<?, ?> map) {
            return (Map<String, @Nullable Object>) map;
        }
        if (value == null) {
            return Map.of();
        }
        if (value instanceof String text && key.equals("method")) {
            Map<String, @Nullable Object> named = new LinkedHashMap<>();
            named.put("name", text);
            return named;
        }
        problems.add(Problem.invalid(key, "is %s; it must be an object".formatted(JsonValue.describe(value))));
        return Map.of();
    }

    private String text(Map<String, @Nullable Object> fields, String prefix, String key, String otherwise) {
        Object value = fields.get(key);
        String text = otherwise;
        if (value instanceof String given) {
            text = given;
        } else if (value != null) {
            problems.add(
                    Problem.invalid(prefix + key, "is %s; it must be a word".formatted(JsonValue.describe(value))));
        }
        facets.put(prefix + key, text);
        return text;
    }

    private <E> E word(String key, E otherwise, Function<String, Optional<E>> parse, Function<E, String> id, E[] all) {
        String word = text(object, "", key, id.apply(otherwise));
        Optional<E> value = parse.apply(word);
        if (value.isEmpty()) {
            problems.add(Problem.invalid(
                    key, unknown("value", word, Arrays.stream(all).map(id).toList())));
        }
        return value.orElse(otherwise);
    }

    private Optional<DType> dtype(String key) {
        Object value = object.get(key);
        if (value == null || value.equals(RecordedJob.NONE)) {
            return Optional.empty();
        }
        Optional<DType> type = DType.parse(String.valueOf(value)).filter(DType::isFloatingPoint);
        if (type.isEmpty()) {
            problems.add(Problem.invalid(
                    key,
                    unknown(
                            "element type",
                            String.valueOf(value),
                            List.of("bf16", "bfloat16", "float16", "float32", "fp16", "fp32"))));
        }
        return type;
    }

    private int positive(Map<String, @Nullable Object> fields, String prefix, String key, OptionalInt otherwise) {
        Object value = fields.get(key);
        int stand = otherwise.orElse(1);
        if (value == null) {
            if (otherwise.isEmpty()) {
                problems.add(Problem.invalid(prefix + key, "is missing"));
            }
            facets.put(prefix + key, otherwise.isPresent() ? Integer.toString(stand) : RecordedJob.NONE);
            return stand;
        }
        if (value instanceof Long number && number >= 1 && number <= Integer.MAX_VALUE) {
            facets.put(prefix + key, number.toString());
            return number.intValue();
        }
        facets.put(prefix + key, String.valueOf(value));
        problems.add(Problem.invalid(
                prefix + key,
                "is %s; it must be a whole number from 1 to %d".formatted(JsonValue.describe(value), Integer.MAX_VALUE)));
        return stand;
    }

    private double number(Map<String, @Nullable Object> fields, String prefix, String key, double otherwise) {
        Object value = fields.get(key);
        double number = otherwise;
        if (value instanceof Number given) {
            number = given.doubleValue();
        } else if (value != null) {
            problems.add(
                    Problem.invalid(prefix + key, "is %s; it must be a number".formatted(JsonValue.describe(value))));
        }
        facets.put(prefix + key, Double.toString(number));
        return number;
    }

    private boolean flag(String key) {
        Object value = object.get(key);
        boolean flag = false;
        if (value instanceof Boolean given) {
            flag = given;
        } else if (value != null) {
            problems.add(
                    Problem.invalid(key, "is %s; it must be true or false".formatted(JsonValue.describe(value))));
        }
        facets.put(key, Boolean.toString(flag));
        return flag;
    }

    private static String unknown(String what, String word, Collection<String> known) {
        return "unknown %s '%s'%s".formatted(what, word, maybe(word, known));
    }

    private static String maybe(String word, Collection<String> known) {
        return NearestWord.of(word, known).map("; maybe '%s'?"::formatted).orElse("");
    }
}
