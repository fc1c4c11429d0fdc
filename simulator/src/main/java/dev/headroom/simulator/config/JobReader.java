package dev.headroom.simulator.config;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.RankPattern;
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
import dev.headroom.model.training.Quantization;
import dev.headroom.model.training.RuntimeKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.input.UnknownKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads the mapping that describes a job, from a job file, options or a measured record. */
public final class JobReader {
    /** Methods that exist, those of PEFT 0.21 among them, but have no rules yet. */
    public static final List<String> METHODS_WITHOUT_RULES = List.of(
            "qlora",
            "adamss",
            "adaption-prompt",
            "beft",
            "c3a",
            "cartridge",
            "cpt",
            "deft",
            "delora",
            "fourierft",
            "frod",
            "glora",
            "gralora",
            "hra",
            "lily",
            "multitask-prompt-tuning",
            "osf",
            "peanut",
            "poly",
            "psoft",
            "pvera",
            "randlora",
            "road",
            "shadow",
            "shira",
            "supertuning",
            "tinylora",
            "trainable-tokens",
            "unilora",
            "vblora",
            "waveft",
            "xlora");

    /** Optimizers that exist, but have no rules yet. */
    public static final List<String> OPTIMIZERS_WITHOUT_RULES = List.of("rmsprop-8bit");

    private static final String PARALLELISM = "parallelism";
    private static final String MIXED_PRECISION_POLICY = "mixedPrecisionPolicy";

    private final Mapping job;
    private final SoftwareStack stack;
    private final Problems problems;
    private Optional<MethodForm> form = Optional.empty();
    private int found;

    private JobReader(Mapping job, SoftwareStack stack, Problems problems) {
        this.job = job;
        this.stack = stack;
        this.problems = problems;
    }

    /**
     * Reads a job.
     *
     * @param problems takes everything that is wrong with it: mistakes, and what no rule covers
     * @return the job; none if anything is wrong
     */
    public static Optional<FineTuningJob> read(Mapping job, Problems problems) {
        return read(job, SoftwareStack.NEWEST, problems);
    }

    /**
     * Reads a job that ran on known versions.
     *
     * @param stack versions that apply where the job does not name its own
     */
    public static Optional<FineTuningJob> read(Mapping job, SoftwareStack stack, Problems problems) {
        return new JobReader(job, stack, problems).read();
    }

    /** Whether a key of {@code method} means anything to a method; every key may to methods without rules. */
    static boolean applies(String method, String key) {
        return MethodForms.of(method).map(form -> form.takes(key)).orElse(true);
    }

    private Optional<FineTuningJob> read() {
        checkKeys();
        String model = text(JobKey.MODEL);
        Optional<Method> method = method();
        BatchShape batch = new BatchShape(
                whole(JobKey.MICRO_BATCH).orElse(1),
                whole(JobKey.SEQUENCE_LENGTH).orElse(1),
                flag(JobKey.PADDED_BATCH));
        DType weights = dtype(JobKey.WEIGHT_DTYPE).orElse(DType.BFLOAT16);
        Optional<DType> autocast = dtype(JobKey.AUTOCAST);
        Optional<Quantization> quantization = quantization();
        parallelism();
        AttentionImplementation attention =
                AttentionImplementation.parse(word(JobKey.ATTENTION)).orElseThrow();
        Checkpointing checkpointing = new Checkpointing(
                Checkpointing.Kind.parse(word(JobKey.CHECKPOINTING)).orElseThrow(),
                whole(JobKey.CHECKPOINT_EVERY).orElse(1),
                flag(JobKey.CHECKPOINT_OFFLOAD));
        LossKernel loss = LossKernel.parse(word(JobKey.LOSS_KERNEL)).orElseThrow();
        OptionalInt tiles = whole(JobKey.MLP_TILES);
        OptimizerKind optimizer = OptimizerKind.parse(word(JobKey.OPTIMIZER, OPTIMIZERS_WITHOUT_RULES))
                .orElse(OptimizerKind.ADAMW);
        int optimizerRank = whole(JobKey.OPTIMIZER_RANK).orElse(1);
        OptionalDouble maxGradNorm = maxGradNorm();
        int accumulation = whole(JobKey.GRADIENT_ACCUMULATION).orElse(1);
        TrainingLoop loop = TrainingLoop.parse(word(JobKey.TRAINING_LOOP)).orElseThrow();
        boolean useCache = flag(JobKey.USE_CACHE);
        AllocatorSettings allocator = allocator();
        OptionalInt layers = whole(JobKey.LAYERS);
        RuntimeKind runtime = RuntimeKind.parse(word(JobKey.RUNTIME)).orElseThrow();
        SoftwareStack versions = versions();
        if (found > 0) {
            return Optional.empty();
        }
        return Optional.of(new FineTuningJob(
                model,
                method.orElseThrow(),
                batch,
                new Precision(weights, autocast, quantization),
                attention,
                checkpointing,
                loss,
                tiles,
                optimizer,
                optimizerRank,
                maxGradNorm,
                accumulation,
                loop,
                useCache,
                allocator,
                layers,
                runtime,
                versions));
    }

    private void checkKeys() {
        List<String> known = keysOf("");
        List<String> accepted = new ArrayList<>(known);
        accepted.add(PARALLELISM);
        accepted.add(MIXED_PRECISION_POLICY);
        for (Mapping.Entry entry : job.entries()) {
            if (!accepted.contains(entry.key())) {
                String near = accepted.contains(entry.key().strip())
                        ? ""
                        : JobPaths.elsewhere(entry.key()).orElse(UnknownKey.hint(entry.key(), known));
                invalid(entry.keyPlace(), "unknown key '%s'".formatted(entry.key()), near);
            }
        }
    }

    private void checkKeys(Mapping group, String name, List<String> known) {
        for (Mapping.Entry entry : group.entries()) {
            if (!known.contains(entry.key())) {
                invalid(
                        entry.keyPlace(),
                        "unknown key '%s' in '%s'".formatted(entry.key(), name),
                        UnknownKey.hint(entry.key(), known));
            }
        }
    }

    /** The keys of a mapping; those of the job itself if {@code group} is empty. */
    static List<String> keysOf(String group) {
        List<String> keys = new ArrayList<>();
        for (JobKey key : JobKey.values()) {
            String word = group.isEmpty() && !key.group().isEmpty() ? key.group() : key.word();
            if ((group.isEmpty() || key.group().equals(group)) && !keys.contains(word)) {
                keys.add(word);
            }
        }
        return keys;
    }

    private Optional<Method> method() {
        Optional<Mapping.Entry> written = job.entry(JobKey.METHOD.group());
        if (written.isPresent()
                && !(written.get().value() instanceof Mapping)
                && !(written.get().value() instanceof Scalar scalar && !scalar.isNull())) {
            InputNode value = written.get().value();
            invalid(
                    value.place(),
                    "'method' must be a name or a mapping, found " + value.shown(),
                    "Known keys: " + String.join(", ", keysOf("method")) + ".");
            return Optional.empty();
        }
        String name = word(JobKey.METHOD, METHODS_WITHOUT_RULES);
        if (METHODS_WITHOUT_RULES.contains(name)) {
            whole(JobKey.VIRTUAL_TOKENS);
            whole(JobKey.RANK);
            return Optional.empty();
        }
        if (written.isPresent() && written.get().value() instanceof Mapping group) {
            List<String> known = keysOf("method");
            checkKeys(group, "method", known);
            for (Mapping.Entry entry : group.entries()) {
                if (known.contains(entry.key()) && !applies(name, entry.key())) {
                    invalid(
                            entry.keyPlace(),
                            "'%s' means nothing to method '%s'".formatted(entry.key(), name),
                            "Leave it out.");
                }
            }
        }
        form = MethodForms.of(name);
        return form.map(known -> known.reader().apply(new WrittenValues()));
    }

    /** The values of the method's keys as they were written. */
    private final class WrittenValues implements MethodForm.Values {
        @Override
        public int whole(JobKey key) {
            return JobReader.this.whole(key).orElse(1);
        }

        @Override
        public OptionalInt optionalWhole(JobKey key) {
            return JobReader.this.whole(key);
        }

        @Override
        public double probability(JobKey key) {
            return number(key, "a number of at least 0 and below 1", 0.0, 1.0).orElse(0);
        }

        @Override
        public String word(JobKey key) {
            return JobReader.this.word(key);
        }

        @Override
        public List<String> words(JobKey key) {
            InputNode node = node(key);
            return isNone(node) ? List.of() : listed(key, node, "none, or a list of modules");
        }

        @Override
        public Targets targets() {
            return JobReader.this.targets();
        }

        @Override
        public AdapterDtype adapterDtype() {
            return switch (word(JobKey.ADAPTER_DTYPE)) {
                case "fp32", "float32" -> AdapterDtype.FP32;
                case "weights" -> AdapterDtype.WEIGHTS;
                default -> AdapterDtype.AUTO;
            };
        }

        @Override
        public RankPattern rankPattern() {
            InputNode node = node(JobKey.RANK_PATTERN);
            return isNone(node)
                    ? RankPattern.NONE
                    : RankPatternReader.read(node, problems).orElseGet(() -> {
                        found++;
                        return RankPattern.NONE;
                    });
        }
    }

    private Targets targets() {
        List<String> known = listed(JobKey.TARGETS, node(JobKey.TARGETS), "a list of layers");
        return known.isEmpty() ? Targets.ALL_LINEAR : new Targets(known);
    }

    /** The words of a list, or of a text with commas, that are known; others are reported. */
    private List<String> listed(JobKey key, InputNode node, String expected) {
        List<Scalar> words = new ArrayList<>();
        if (node instanceof Sequence sequence && !sequence.items().isEmpty()) {
            for (InputNode item : sequence.items()) {
                scalar(key, item, "a layer's name").ifPresent(words::add);
            }
        } else if (node instanceof Scalar scalar && isText(scalar)) {
            for (String word : scalar.text().split(",", -1)) {
                words.add(new Scalar(scalar.place(), word.strip(), scalar.type()));
            }
        } else {
            mustBe(key, node, expected);
        }
        List<String> known = new ArrayList<>();
        for (Scalar word : words) {
            if (key.words().contains(word.text())) {
                known.add(word.text());
            } else {
                unknownWord(key, word, key.words());
            }
        }
        return known;
    }

    private Optional<Quantization> quantization() {
        Optional<Mapping.Entry> written = job.entry(JobKey.QUANTIZATION.group());
        if (written.isEmpty()) {
            return Optional.empty();
        }
        InputNode value = written.get().value();
        if (value instanceof Mapping group) {
            checkKeys(group, "quantization", keysOf("quantization"));
        } else if (!(value instanceof Scalar)) {
            mustBe(JobKey.QUANTIZATION, value, "a kind or a mapping");
            return Optional.empty();
        }
        Optional<Quantization.Kind> kind = Quantization.Kind.parse(word(JobKey.QUANTIZATION));
        boolean doubleQuant = flag(JobKey.DOUBLE_QUANT);
        Optional<DType> computes = dtype(JobKey.COMPUTE_DTYPE);
        Quantization.Upcast upcast =
                Quantization.Upcast.parse(word(JobKey.UPCAST)).orElseThrow();
        OptionalInt groupSize = whole(JobKey.GROUP_SIZE);
        if (!kind.equals(Optional.of(Quantization.Kind.NF4))) {
            meansNothing(JobKey.DOUBLE_QUANT, doubleQuant, kind);
            meansNothing(JobKey.COMPUTE_DTYPE, computes.isPresent(), kind);
        }
        meansNothing(JobKey.UPCAST, kind.isEmpty() && upcast != Quantization.Upcast.ALL, kind);
        return kind.map(known -> new Quantization(known, doubleQuant, computes, upcast, groupSize));
    }

    /** Reports a key that is set, and that the kind of quantization makes nothing of. */
    private void meansNothing(JobKey key, boolean set, Optional<Quantization.Kind> kind) {
        if (set && kind.isEmpty()) {
            invalid(
                    JobPaths.place(job, key),
                    "'%s' means nothing without quantization".formatted(key.word()),
                    "Leave it out, or give 'quantization.kind': %s."
                            .formatted(String.join(", ", JobKey.QUANTIZATION.words())));
        } else if (set) {
            invalid(
                    JobPaths.place(job, key),
                    "'%s' means nothing to %s"
                            .formatted(key.word(), kind.orElseThrow().id()),
                    "Leave it out.");
        }
    }

    private void parallelism() {
        Optional<Mapping.Entry> written = job.entry(PARALLELISM);
        if (written.isPresent() && !isNone(written.get().value())) {
            String kind = "this";
            if (written.get().value() instanceof Mapping group
                    && group.entry("kind").isPresent()) {
                InputNode node = group.entry("kind").get().value();
                if (isNone(node)) {
                    return;
                }
                kind = node.shown();
            }
            unsupported(written.get().value().place(), "no rule for parallelism of kind %s yet".formatted(kind));
        }
        Optional<Mapping.Entry> policy = job.entry(MIXED_PRECISION_POLICY);
        if (policy.isPresent() && !isNone(policy.get().value())) {
            unsupported(policy.get().value().place(), "no rule for a mixed-precision policy yet");
        }
    }

    private OptionalDouble maxGradNorm() {
        return isNone(node(JobKey.MAX_GRAD_NORM))
                ? OptionalDouble.empty()
                : number(JobKey.MAX_GRAD_NORM, "a number above 0, or none", Double.MIN_VALUE, Double.POSITIVE_INFINITY);
    }

    private AllocatorSettings allocator() {
        boolean expandable = flag(JobKey.EXPANDABLE_SEGMENTS);
        OptionalInt splitLimit = whole(JobKey.MAX_SPLIT_SIZE);
        OptionalDouble fraction = share(JobKey.MEMORY_FRACTION);
        OptionalDouble threshold = share(JobKey.COLLECTION_THRESHOLD);
        if (splitLimit.isPresent() && splitLimit.getAsInt() <= AllocatorSettings.SMALLEST_SPLIT_LIMIT) {
            invalid(
                    JobPaths.place(job, JobKey.MAX_SPLIT_SIZE),
                    "'%s' must be above %d, found %d"
                            .formatted(
                                    JobKey.MAX_SPLIT_SIZE.word(),
                                    AllocatorSettings.SMALLEST_SPLIT_LIMIT,
                                    splitLimit.getAsInt()),
                    "");
        }
        if (threshold.isPresent() && fraction.isEmpty()) {
            invalid(
                    JobPaths.place(job, JobKey.COLLECTION_THRESHOLD),
                    "'%s' means nothing without '%s'"
                            .formatted(JobKey.COLLECTION_THRESHOLD.word(), JobKey.MEMORY_FRACTION.word()),
                    "PyTorch collects garbage only under torch.cuda.set_per_process_memory_fraction.");
        }
        if (expandable && (splitLimit.isPresent() || threshold.isPresent())) {
            JobKey key = splitLimit.isPresent() ? JobKey.MAX_SPLIT_SIZE : JobKey.COLLECTION_THRESHOLD;
            unsupported(
                    JobPaths.place(job, key), "no rule for '%s' with expandable segments yet".formatted(key.word()));
        }
        return new AllocatorSettings(
                expandable,
                splitLimit.isPresent()
                        ? OptionalLong.of(Math.multiplyExact((long) splitLimit.getAsInt(), 1L << 20))
                        : OptionalLong.empty(),
                fraction,
                threshold);
    }

    private OptionalDouble share(JobKey key) {
        return isNone(node(key))
                ? OptionalDouble.empty()
                : number(key, "a number above 0 and below 1, or none", Double.MIN_VALUE, 1.0);
    }

    private SoftwareStack versions() {
        InputNode node = job.entry(JobKey.STACK.path())
                .map(Mapping.Entry::value)
                .orElse(new Scalar(job.place(), JobKey.STACK.standard().orElseThrow(), Scalar.Type.TEXT));
        return StackReader.read(node, stack, problems).orElseGet(() -> {
            found++;
            return stack;
        });
    }

    // Single values. Each reports what is wrong with it and then returns nothing, or a stand-in.

    /** The value of a key, or its default as if it had been written. */
    private InputNode node(JobKey key) {
        Optional<InputNode> written = JobPaths.value(job, key);
        Optional<String> standard = form.flatMap(known -> known.standard(key))
                .or(() -> RuntimeDefaults.of(runtimeWord(), key))
                .or(key::standard);
        return written.orElseGet(() -> standard.<InputNode>map(value -> Scalar.ofOption(key.path(), value))
                .orElseGet(() -> new Scalar(job.place(), "", Scalar.Type.NULL)));
    }

    /** The word written for the runtime, right or wrong. */
    private String runtimeWord() {
        return JobPaths.value(job, JobKey.RUNTIME)
                .filter(Scalar.class::isInstance)
                .map(node -> ((Scalar) node).text())
                .orElse("");
    }

    private String text(JobKey key) {
        InputNode node = node(key);
        if (node instanceof Scalar scalar && !scalar.isNull() && !scalar.text().isBlank()) {
            return scalar.text();
        }
        reportMissing(key, node, "text");
        return "";
    }

    private void reportMissing(JobKey key, InputNode node, String expected) {
        if (JobPaths.value(job, key).isEmpty()) {
            invalid(
                    job.place(),
                    "'%s' is missing".formatted(key.path()),
                    "Give it in the job file or as %s %s.".formatted(key.option(), key.parameter()));
        } else {
            mustBe(key, node, expected);
        }
    }

    private String word(JobKey key) {
        return word(key, List.of());
    }

    /** A word of the key; one of those without rules is reported and returned. */
    private String word(JobKey key, List<String> withoutRules) {
        String standard = key.standard().orElseThrow();
        InputNode node = node(key);
        if (key.type() == JobKey.Type.OPTIONAL_WORD && isNone(node)) {
            return JobKey.NONE;
        }
        Optional<Scalar> scalar = scalar(key, node, "a word");
        if (scalar.isEmpty()) {
            return standard;
        }
        String word = scalar.get().text();
        if (key.words().contains(word)) {
            return word;
        }
        if (withoutRules.contains(word)) {
            unsupported(
                    node.place(),
                    "no rule for %s '%s' yet; supported: %s"
                            .formatted(key.group().isEmpty() ? key.word() : key.group(), word, list(key.words())));
            return word;
        }
        List<String> near = new ArrayList<>(key.words());
        near.addAll(withoutRules);
        unknownWord(key, scalar.get(), near);
        return standard;
    }

    private Optional<DType> dtype(JobKey key) {
        InputNode node = node(key);
        if (key.type() == JobKey.Type.OPTIONAL_DTYPE && isNone(node)) {
            return Optional.empty();
        }
        Optional<Scalar> scalar = scalar(key, node, "an element type");
        if (scalar.isEmpty()) {
            return Optional.empty();
        }
        Optional<DType> type = DType.parse(scalar.get().text());
        if (type.isPresent() && key.words().contains(type.get().longName())) {
            return type;
        }
        List<String> names = new ArrayList<>();
        for (String word : key.words()) {
            DType.parse(word).ifPresent(known -> names.add(known.shortName()));
        }
        names.addAll(key.words());
        if (key.type() == JobKey.Type.OPTIONAL_DTYPE) {
            names.add(JobKey.NONE);
        }
        unknownWord(key, scalar.get(), names);
        return Optional.empty();
    }

    private boolean flag(JobKey key) {
        InputNode node = node(key);
        if (node instanceof Scalar scalar
                && (scalar.type() == Scalar.Type.BOOLEAN || scalar.type() == Scalar.Type.UNTYPED)) {
            if (scalar.text().equalsIgnoreCase("true")) {
                return true;
            }
            if (scalar.text().equalsIgnoreCase("false")) {
                return false;
            }
        }
        mustBe(key, node, "true or false");
        return false;
    }

    /** A whole number; none after reporting that it is not one, or if there is none and need not be. */
    private OptionalInt whole(JobKey key) {
        InputNode node = node(key);
        if (key.type() == JobKey.Type.OPTIONAL_WHOLE && isNone(node)) {
            return OptionalInt.empty();
        }
        if (node instanceof Scalar scalar
                && (scalar.type() == Scalar.Type.INTEGER || scalar.type() == Scalar.Type.UNTYPED)) {
            long number = parsed(scalar.text());
            if (number >= 1 && number <= key.maximum()) {
                return OptionalInt.of((int) number);
            }
        }
        reportMissing(key, node, "a whole number from 1 to " + key.maximum());
        return OptionalInt.empty();
    }

    private static long parsed(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0; // No whole number, or one far beyond every maximum: 0 is refused as they are.
        }
    }

    private OptionalDouble number(JobKey key, String expected, double least, double below) {
        InputNode node = node(key);
        if (node instanceof Scalar scalar
                && (scalar.type() == Scalar.Type.INTEGER
                        || scalar.type() == Scalar.Type.FLOAT
                        || scalar.type() == Scalar.Type.UNTYPED)) {
            double number = scalar.decimal();
            if (number >= least && number < below) {
                return OptionalDouble.of(number);
            }
        }
        mustBe(key, node, expected);
        return OptionalDouble.empty();
    }

    /** A word that was written, if it is one. */
    private Optional<Scalar> scalar(JobKey key, InputNode node, String expected) {
        if (node instanceof Scalar scalar && isText(scalar)) {
            return Optional.of(scalar);
        }
        mustBe(key, node, expected);
        return Optional.empty();
    }

    private static boolean isText(Scalar scalar) {
        return scalar.type() == Scalar.Type.TEXT || scalar.type() == Scalar.Type.UNTYPED;
    }

    private static boolean isNone(InputNode node) {
        return node instanceof Scalar scalar
                && (scalar.isNull() || scalar.text().equals(JobKey.NONE));
    }

    private void mustBe(JobKey key, InputNode node, String expected) {
        String allowed = key.words().isEmpty() ? "" : "Allowed: " + list(key.words()) + ".";
        invalid(node.place(), "'%s' must be %s, found %s".formatted(key.path(), expected, node.shown()), allowed);
    }

    /** A word that is not known, with the nearest of {@code candidates}: those allowed, and other names of them. */
    private void unknownWord(JobKey key, Scalar scalar, List<String> candidates) {
        String near = NearestWord.hint(scalar.text(), candidates);
        invalid(
                scalar.place(),
                "unknown value %s for '%s'".formatted(scalar.shown(), key.path()),
                (near.isEmpty() ? "" : near + " ") + "Allowed: " + list(key.words()) + ".");
    }

    private static String list(List<String> words) {
        return String.join(", ", words);
    }

    private void invalid(Place place, String message, String hint) {
        found++;
        problems.invalid(place, message, hint);
    }

    private void unsupported(Place place, String message) {
        found++;
        problems.unsupported(place, message);
    }
}
