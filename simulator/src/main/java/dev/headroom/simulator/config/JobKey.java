package dev.headroom.simulator.config;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a job, with their options on the command line and their defaults. This is the only place that has them: job
 * files, measured records, options, {@code --help}, the JSON Schema and the reference file all follow it.
 */
public enum JobKey {
    MODEL("model", "--model", "ID|FILE", Type.TEXT, null, "Model: an id of 'headroom models', or a config.json."),
    METHOD("method.name", "--method", "NAME", Type.WORD, "lora", "Fine-tuning method."),
    RANK("method.rank", "--rank", "N", Type.WHOLE, "16", "Rank of the adapter's matrices (LoRA and its kin)."),
    INITIAL_RANK("method.initialRank", "--initial-rank", "N", Type.WHOLE, "12", "Rank before it is cut (AdaLoRA)."),
    BLOCK_SIZE("method.blockSize", "--block-size", "N", Type.WHOLE, "32", "Side of a rotation's blocks (OFT, BOFT)."),
    TARGETS(
            "method.targets",
            "--targets",
            "LIST",
            Type.TARGETS,
            "all-linear",
            "Adapted layers: all-linear, attention, attention-qv, mlp, or module names (adapters).",
            "all-linear",
            "attention",
            "attention-qv",
            "mlp",
            "q_proj",
            "k_proj",
            "v_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "down_proj",
            "qkv_proj",
            "gate_up_proj",
            "query_key_value",
            "attention.dense",
            "dense_h_to_4h",
            "dense_4h_to_h",
            "w1",
            "w2",
            "w3",
            "q_a_proj",
            "q_b_proj",
            "kv_a_proj_with_mqa",
            "kv_b_proj",
            "out_proj",
            "fc1",
            "fc2",
            "c_attn",
            "attn.c_proj",
            "c_fc",
            "mlp.c_proj",
            "self_attention.dense",
            "dense",
            "embed_tokens",
            "embed_in",
            "wte",
            "lm_head"),
    RANK_PATTERN(
            "method.rankPattern",
            "--rank-pattern",
            "LIST",
            Type.OPTIONAL_RANKS,
            "none",
            "Ranks of single layers, by regular expressions for the ends of their paths (LoRA and its kin)."),
    DROPOUT(
            "method.dropout",
            "--dropout",
            "P",
            Type.PROBABILITY,
            "0.0",
            "Dropout of the adapter's input (LoRA and its kin)."),
    ADAPTER_DTYPE(
            "method.adapterDtype",
            "--adapter-dtype",
            "TYPE",
            Type.WORD,
            "auto",
            "Adapter weights: auto (PEFT's default), fp32 or weights (the base's type).",
            "auto",
            "fp32",
            "float32",
            "weights"),
    BIAS(
            "method.bias",
            "--bias",
            "WHICH",
            Type.WORD,
            "none",
            "Biases that train beside the adapters: none, all or lora-only (LoRA and its kin).",
            "none",
            "all",
            "lora-only"),
    MODULES_TO_SAVE(
            "method.modulesToSave",
            "--modules-to-save",
            "LIST",
            Type.OPTIONAL_WORDS,
            "none",
            "Modules of which a copy trains beside the adapters: embed_tokens, lm_head (LoRA and its kin).",
            "embed_tokens",
            "lm_head"),
    TRAINED_LAYERS(
            "method.trainedLayers", "--trained-layers", "N", Type.WHOLE, "4", "How many layers train (last-layers)."),
    VIRTUAL_TOKENS(
            "method.virtualTokens", "--virtual-tokens", "N", Type.WHOLE, "20", "Virtual tokens (prompt methods)."),
    ENCODER_HIDDEN_SIZE(
            "method.encoderHiddenSize",
            "--encoder-hidden-size",
            "N",
            Type.OPTIONAL_WHOLE,
            "none",
            "Inner width of the encoder of virtual tokens (p-tuning); none: the model's."),
    MICRO_BATCH("microBatch", "--batch", "N", Type.WHOLE, "1", "Micro-batch: sequences per forward pass."),
    SEQUENCE_LENGTH("sequenceLength", "--seq", "N", Type.WHOLE, null, "Sequence length in tokens."),
    WEIGHT_DTYPE(
            "weightDtype",
            "--weights",
            "TYPE",
            Type.DTYPE,
            "bfloat16",
            "Type of the model's weights: fp32, bf16 or fp16.",
            "float32",
            "bfloat16",
            "float16"),
    QUANTIZATION(
            "quantization.kind",
            "--quantize",
            "KIND",
            Type.OPTIONAL_WORD,
            "none",
            "Quantization of the frozen weights: nf4, int8 or gptq4.",
            "nf4",
            "int8",
            "gptq4"),
    DOUBLE_QUANT(
            "quantization.doubleQuant", "--double-quant", "", Type.FLAG, "false", "Quantize the block scales as well."),
    COMPUTE_DTYPE(
            "quantization.computeDtype",
            "--compute-dtype",
            "TYPE",
            Type.OPTIONAL_DTYPE,
            "none",
            "Type that 4-bit layers compute in: fp32, bf16 or fp16.",
            "float32",
            "bfloat16",
            "float16"),
    UPCAST(
            "quantization.upcast",
            "--upcast",
            "WHICH",
            Type.WORD,
            "all",
            "Weights beside quantized ones that become float32: all (PEFT), norms (TRL's SFTTrainer with bf16) or none.",
            "all",
            "norms",
            "none"),
    GROUP_SIZE(
            "quantization.groupSize",
            "--group-size",
            "N",
            Type.OPTIONAL_WHOLE,
            "128",
            "Inputs that share a scale (gptq4); none: all of them."),
    AUTOCAST(
            "autocastDtype",
            "--autocast",
            "TYPE",
            Type.OPTIONAL_DTYPE,
            "none",
            "Type of torch.autocast: none, bf16 or fp16.",
            "bfloat16",
            "float16"),
    ATTENTION(
            "attention",
            "--attention",
            "KIND",
            Type.WORD,
            "sdpa",
            "Attention implementation: eager, sdpa or flash2.",
            "eager",
            "sdpa",
            "flash2"),
    CHECKPOINTING(
            "checkpointing",
            "--checkpointing",
            "KIND",
            Type.WORD,
            "none",
            "Gradient checkpointing: none, non-reentrant or reentrant.",
            "none",
            "non-reentrant",
            "reentrant"),
    CHECKPOINT_EVERY(
            "checkpointEvery",
            "--checkpoint-every",
            "N",
            Type.WHOLE,
            "1",
            "Checkpoint one layer in N, from the first on (Transformers' every_n_layers)."),
    CHECKPOINT_OFFLOAD(
            "checkpointOffload",
            "--checkpoint-offload",
            "",
            Type.FLAG,
            "false",
            "Keep checkpoints in pinned memory of the host (Transformers' offload)."),
    LOSS_KERNEL(
            "lossKernel",
            "--loss",
            "KIND",
            Type.WORD,
            "standard",
            "Loss: standard, liger (its fused loss) or chunked (TRL's chunked_nll).",
            "standard",
            "liger",
            "chunked"),
    MLP_TILES(
            "mlpTiles",
            "--mlp-tiles",
            "N",
            Type.OPTIONAL_WHOLE,
            "none",
            "Parts of the tokens that MLPs go over one after the other (Liger's tiled MLP)."),
    OPTIMIZER(
            "optimizer",
            "--optimizer",
            "NAME",
            Type.WORD,
            "adamw",
            "Optimizer: PyTorch's adamw (foreach), adamw-fused, adamw-for-loop, adam, sgd, sgd-momentum, rmsprop; adafactor; galore-adamw, apollo-adamw; or"
                    + " bitsandbytes' adam, lion and ademamix in 8 bits, paged or both.",
            "adamw",
            "adamw-fused",
            "adamw-for-loop",
            "sgd",
            "sgd-momentum",
            "rmsprop",
            "adafactor",
            "adagrad",
            "muon",
            "adam",
            "galore-adamw",
            "apollo-adamw",
            "adam-8bit",
            "adamw-8bit",
            "paged-adamw",
            "paged-adamw-8bit",
            "lion",
            "lion-8bit",
            "paged-lion",
            "paged-lion-8bit",
            "ademamix",
            "ademamix-8bit",
            "paged-ademamix",
            "paged-ademamix-8bit"),
    OPTIMIZER_RANK(
            "optimizerRank",
            "--optimizer-rank",
            "N",
            Type.WHOLE,
            "128",
            "Rank that galore-adamw and apollo-adamw project gradients of linear layers to."),
    MAX_GRAD_NORM(
            "maxGradNorm",
            "--clip",
            "X|none",
            Type.OPTIONAL_NUMBER,
            "1.0",
            "Norm that gradients are clipped to, or none."),
    GRADIENT_ACCUMULATION(
            "gradientAccumulation", "--grad-accumulation", "N", Type.WHOLE, "1", "Micro-batches per optimizer step."),
    TRAINING_LOOP(
            "trainingLoop",
            "--loop",
            "KIND",
            Type.WORD,
            "transformers-trainer",
            "What the loop keeps alive: transformers-trainer, holds-outputs or frees-outputs; on samediff closes-arrays,"
                    + " skips-frozen-gradients or nd4j-defaults.",
            "transformers-trainer",
            "holds-outputs",
            "frees-outputs",
            "closes-arrays",
            "skips-frozen-gradients",
            "nd4j-defaults"),
    PADDED_BATCH("paddedBatch", "--padded", "", Type.FLAG, "false", "Batches are padded, so attention needs a mask."),
    USE_CACHE("useCache", "--use-cache", "", Type.FLAG, "false", "The forward pass fills a key-value cache."),
    EXPANDABLE_SEGMENTS(
            "expandableSegments",
            "--expandable-segments",
            "",
            Type.FLAG,
            "false",
            "PyTorch's allocator uses expandable segments."),
    MAX_SPLIT_SIZE(
            "maxSplitSizeMiB",
            "--max-split-size-mb",
            "N",
            Type.OPTIONAL_WHOLE,
            "none",
            "Allocator's max_split_size_mb, in MiB: blocks of this size and above are not split."),
    MEMORY_FRACTION(
            "memoryFraction",
            "--memory-fraction",
            "X",
            Type.OPTIONAL_SHARE,
            "none",
            "Share of the card's memory the allocator may hold (set_per_process_memory_fraction)."),
    COLLECTION_THRESHOLD(
            "garbageCollectionThreshold",
            "--gc-threshold",
            "X",
            Type.OPTIONAL_SHARE,
            "none",
            "Allocator's garbage_collection_threshold, a share of what the memory fraction allows."),
    LAYERS("layersOverride", "--layers", "N", Type.OPTIONAL_WHOLE, "none", "Decoder layers instead of the model's."),
    RUNTIME(
            "runtime",
            "--runtime",
            "NAME",
            Type.WORD,
            "pytorch",
            "Framework: pytorch or samediff.",
            "pytorch",
            "samediff"),
    STACK(
            "stack",
            "--stack",
            "LIST",
            Type.STACK,
            "newest",
            "Versions, such as torch=2.11,transformers=5.17,peft=0.21.");

    /** What values a key takes. */
    public enum Type {
        /** Any text. */
        TEXT,
        /** One of {@link JobKey#words()}. */
        WORD,
        /** One of {@link JobKey#words()}, or none. */
        OPTIONAL_WORD,
        /** An element type of {@link JobKey#words()}, written short or long. */
        DTYPE,
        /** An element type of {@link JobKey#words()}, written short or long, or none. */
        OPTIONAL_DTYPE,
        /** One or several of {@link JobKey#words()}: a list, or a text with commas. */
        TARGETS,
        /** None, or one or several of {@link JobKey#words()}: a list, or a text with commas. */
        OPTIONAL_WORDS,
        /** None, or whole numbers by name: a mapping, or a text such as {@code down_proj=4,q_proj=64}. */
        OPTIONAL_RANKS,
        /** A whole number from 1 to {@link JobKey#maximum()}. */
        WHOLE,
        /** A whole number from 1 to {@link JobKey#maximum()}, or none. */
        OPTIONAL_WHOLE,
        /** A number of at least 0 and below 1. */
        PROBABILITY,
        /** A number above 0, or none. */
        OPTIONAL_NUMBER,
        /** A number above 0 and below 1, or none. */
        OPTIONAL_SHARE,
        /** True or false. */
        FLAG,
        /** Names and versions of libraries: a mapping, or a text such as {@code torch=2.11,peft=0.21}. */
        STACK
    }

    /** The value that says that there is none, beside YAML's {@code null}. */
    public static final String NONE = "none";

    private final String path;
    private final String option;
    private final String parameter;
    private final Type type;
    private final @Nullable String standard;
    private final String comment;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> words;

    JobKey(
            String path,
            String option,
            String parameter,
            Type type,
            @Nullable String standard,
            String comment,
            String... words) {
        this.path = path;
        this.option = option;
        this.parameter = parameter;
        this.type = type;
        this.standard = standard;
        this.comment = comment;
        this.words = List.of(words);
    }

    /** The key in a file; what stands before a dot is a mapping. */
    public String path() {
        return path;
    }

    /** The mapping the key is in; empty if it is at the top. */
    public String group() {
        int dot = path.indexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }

    /** The key within its mapping. */
    public String word() {
        return path.substring(path.indexOf('.') + 1);
    }

    /** The option of the command line. */
    public String option() {
        return option;
    }

    /** What stands behind the option in help; empty if the option is a switch. */
    public String parameter() {
        return parameter;
    }

    public Type type() {
        return type;
    }

    /** The value if none is written, as it would be written; empty if the key is required. */
    public Optional<String> standard() {
        return Optional.ofNullable(standard);
    }

    /** One sentence on what it is. */
    public String comment() {
        return comment;
    }

    /** The words it takes, if it takes only some. */
    public List<String> words() {
        return this == METHOD ? MethodForms.names() : words;
    }

    /** The largest whole number it takes. */
    public int maximum() {
        return switch (this) {
            // Nothing changes after the second micro-batch; every one costs time.
            case GRADIENT_ACCUMULATION -> 1024;
            case LAYERS -> 1000;
            case MLP_TILES -> 4096;
            default -> Integer.MAX_VALUE;
        };
    }

    /** The key that has a path, such as {@code method.rank}. */
    public static Optional<JobKey> ofPath(String path) {
        for (JobKey key : values()) {
            if (key.path.equals(path)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }
}
