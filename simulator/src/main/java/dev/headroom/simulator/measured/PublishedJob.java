package dev.headroom.simulator.measured;

import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.headroom.simulator.catalog.ModelCatalog;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Scalar.Type;
import dev.headroom.simulator.input.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The job of a published run: what its source states, as job keys; what it leaves open, as assumptions; and the rules that
 * are missing to predict it.
 *
 * <p>Sources: fms-acceleration, {@code scripts/benchmarks/scenarios.yaml}, {@code defaults.yaml}: its runs are those of
 * {@code transformers.Trainer} with defaults for whatever these do not set; can-i-finetune-this,
 * {@code src/canifinetune/bench/runner.py}.
 */
final class PublishedJob {
    /** Columns that are read. */
    static final List<String> COLUMNS = List.of(
            "model",
            "method",
            "method_detail",
            "lora_rank",
            "lora_dropout",
            "lora_targets",
            "quantization",
            "micro_batch_size",
            "grad_accum",
            "seq_len",
            "precision",
            "optimizer",
            "grad_checkpointing",
            "attention_impl",
            "framework",
            "versions",
            "num_gpus",
            "parallelism",
            "gpu");

    private static final Pattern WEIGHTS = Pattern.compile("weights (\\w+)");
    private static final Pattern AUTOCAST = Pattern.compile("(bf16|fp16)=true", Pattern.CASE_INSENSITIVE);
    private static final Pattern VERSION = Pattern.compile("(torch|transformers|peft|bitsandbytes)[= ]+([0-9.]+)");
    private static final Map<String, String> ATTENTION =
            Map.of("flash_attention_2", "flash2", "sdpa", "sdpa", "eager", "eager");
    private static final Map<String, String> METHODS = Map.of("qlora", "lora", "gptq-lora", "lora");
    private static final Map<String, String> QUANTIZATIONS =
            Map.of("none", "", "bitsandbytes nf4", "nf4", "nf4_double_quant", "nf4", "GPTQ 4-bit", "gptq4");
    private static final String QUANTIZED_BASELINE = "baseline-peft-bnb";
    /** A checkpoint whose main branch was quantized without groups, as its model card says; others have groups of 128. */
    private static final String UNGROUPED = "TheBloke/Llama-2-70B-GPTQ";

    private static final String TRAINER = "fms-hf-tuning/HF Trainer";

    private final NamedCsvRecord record;
    private final Place place;

    PublishedJob(NamedCsvRecord record, Place place) {
        this.record = record;
        this.place = place;
    }

    /** What stands between this row and a prediction; job keys without rules are found later. */
    List<String> missingRules() {
        List<String> missing = new ArrayList<>();
        if (!column("num_gpus").equals("1")) {
            missing.add(
                    "no rule for parallelism yet: %s GPUs, %s".formatted(column("num_gpus"), column("parallelism")));
        }
        if (!isBareLoop() && !column("framework").equals(TRAINER)) {
            missing.add("no rules for the model code and loop of %s, %s"
                    .formatted(column("framework"), column("method_detail")));
        } else if (!isBareLoop()
                && !column("method_detail").startsWith("none")
                && !column("method_detail").startsWith(QUANTIZED_BASELINE)
                && !loadsUnprepared()) {
            missing.add("no rules for kernels and loaders other than stock ones: " + column("method_detail"));
        }
        if (!QUANTIZATIONS.containsKey(column("quantization"))) {
            missing.add("no rule for quantized weights yet: " + column("quantization"));
        }
        if (!isInCatalog(model())) {
            missing.add("no rule for a model that is not in the catalog: " + column("model"));
        }
        return missing;
    }

    /** The model by its repository or, if the catalog has another of the same shapes, by its name alone. */
    private String model() {
        String name =
                column("model").substring(column("model").indexOf('/') + 1).toLowerCase(Locale.ROOT);
        String base = name.replaceFirst("-gptq$", "").replaceFirst("-hf$", "");
        return Stream.of(column("model"), name, base)
                .filter(this::isInCatalog)
                .findFirst()
                .orElse(column("model"));
    }

    private boolean isInCatalog(String name) {
        try {
            new ModelCatalog().architecture(name, place);
            return true;
        } catch (InputException e) {
            return false;
        }
    }

    /** The job, in the keys of a job file. */
    Mapping keys() {
        List<Mapping.Entry> entries = new ArrayList<>();
        put(entries, "model", model());
        entries.add(entry("method", method()));
        put(entries, "microBatch", whole("micro_batch_size"));
        put(entries, "sequenceLength", whole("seq_len"));
        put(entries, "gradientAccumulation", whole("grad_accum"));
        put(entries, "weightDtype", first(WEIGHTS, column("precision")));
        quantization().ifPresent(node -> entries.add(entry("quantization", node)));
        put(entries, "autocastDtype", autocast());
        put(entries, "attention", ATTENTION.getOrDefault(column("attention_impl"), column("attention_impl")));
        put(entries, "checkpointing", column("grad_checkpointing").equalsIgnoreCase("true") ? "reentrant" : "none");
        put(entries, "optimizer", optimizer());
        if (isBareLoop()) {
            put(entries, "maxGradNorm", "none");
        }
        if (!isBareLoop()) {
            put(entries, "useCache", "true");
        }
        put(entries, "trainingLoop", isBareLoop() ? "holds-outputs" : "transformers-trainer");
        return new Mapping(place, entries);
    }

    /** A loop of forward, backward and step, without clipping, which keeps the model's outputs ({@code bench/runner.py}). */
    private boolean isBareLoop() {
        return column("framework").equals("transformers+peft+bitsandbytes");
    }

    /** Loaders of fms-acceleration that leave the model as it is, without its fused kernels. */
    private boolean loadsUnprepared() {
        String loader = column("method_detail");
        return loader.startsWith("accelerated-peft-bnb:") || loader.startsWith("accelerated-peft-autogptq:");
    }

    private String optimizer() {
        return column("optimizer").startsWith("adamw_torch ")
                ? "adamw"
                : column("optimizer").replace('_', '-');
    }

    private InputNode method() {
        List<Mapping.Entry> entries = new ArrayList<>();
        String method = METHODS.getOrDefault(column("method"), column("method"));
        put(entries, "name", method);
        if (method.equals("lora")) {
            put(entries, "rank", whole("lora_rank"));
            put(entries, "dropout", column("lora_dropout"));
            String targets = column("lora_targets");
            targets = targets.replace(" c_attn", "");
            put(entries, "targets", targets.contains("scope 'attention'") ? "attention" : targets.replace(' ', ','));
        }
        return new Mapping(place, entries);
    }

    /**
     * How weights are quantized: fms-acceleration's loader always asks for double quantization and computes in the type of
     * the weights ({@code framework_plugin_bnb.py}); with bf16, TRL casts embedding and head back ({@code sft_trainer.py}).
     */
    private Optional<InputNode> quantization() {
        String kind = QUANTIZATIONS.getOrDefault(column("quantization"), "");
        if (kind.isEmpty()) {
            return Optional.empty();
        }
        List<Mapping.Entry> entries = new ArrayList<>();
        put(entries, "kind", kind);
        if (kind.equals("gptq4") && column("model").equals(UNGROUPED)) {
            put(entries, "groupSize", "none");
        }
        if (kind.equals("nf4")) {
            put(entries, "doubleQuant", "true");
            put(entries, "computeDtype", isBareLoop() ? "bf16" : first(WEIGHTS, column("precision")));
            String prepared = autocast().equals("bf16") ? "norms" : "all";
            put(entries, "upcast", loadsUnprepared() ? "none" : prepared);
        }
        return Optional.of(new Mapping(place, entries));
    }

    private String autocast() {
        return leavesOutAutocast()
                ? "bf16"
                : first(AUTOCAST, column("precision")).toLowerCase(Locale.ROOT);
    }

    /** Every scenario of stock quantized runs on bfloat16 sets bf16, where the table of results has no column for it. */
    private boolean leavesOutAutocast() {
        return column("method_detail").startsWith(QUANTIZED_BASELINE)
                && column("precision").equals("weights bfloat16; HF bf16=unset, fp16=unset");
    }

    /** The versions of the libraries that rules are keyed by. */
    Mapping stack() {
        List<Mapping.Entry> entries = new ArrayList<>();
        Matcher matcher = VERSION.matcher(column("versions"));
        while (matcher.find()) {
            put(entries, matcher.group(1), matcher.group(2));
        }
        return new Mapping(place, entries);
    }

    /** The card by its id in the catalog or its driver's name. */
    Optional<Scalar> card() {
        String name = column("gpu");
        return Optional.of(scalar(name.equals("NVIDIA A100 80GB") ? "a100-80gb" : name));
    }

    /** What the source leaves to defaults or does not say. */
    List<String> assumptions() {
        List<String> assumptions = new ArrayList<>();
        if (!isBareLoop()) {
            assumptions.add("gradient norm clipped at 1.0, the Trainer's default");
            assumptions.add("use_cache as models' configurations have it by default, true");
        }
        if (column("grad_checkpointing").equalsIgnoreCase("true")) {
            assumptions.add(
                    isBareLoop()
                            ? "reentrant checkpointing, as PEFT's preparation leaves PyTorch's default"
                            : "reentrant checkpointing, the default of transformers before 5");
        }
        if (column("gpu").equals("NVIDIA A100 80GB")) {
            assumptions.add("an SXM4 card, PCIe not being mentioned");
        }
        if (leavesOutAutocast()) {
            assumptions.add("bf16, as scenarios-granite.yaml of that commit sets and its table leaves out");
        }
        assumptions.add("every sample %s tokens long, none of them padding".formatted(whole("seq_len")));
        return assumptions;
    }

    private String column(String name) {
        return record.getField(name);
    }

    /** A whole number, some of which are written like 16.0. */
    private String whole(String name) {
        return column(name).replaceFirst("\\.0$", "");
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private void put(List<Mapping.Entry> entries, String key, String value) {
        if (!value.isEmpty()) {
            entries.add(entry(key, scalar(value)));
        }
    }

    private Mapping.Entry entry(String key, InputNode value) {
        return new Mapping.Entry(key, place, value);
    }

    private Scalar scalar(String text) {
        return new Scalar(place, text, Type.UNTYPED);
    }
}
