package dev.headroom.simulator.whatif;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.Checkpointing;
import dev.headroom.model.training.LossKernel;
import dev.headroom.model.training.OptimizerKind;
import dev.headroom.model.training.TrainingLoop;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.whatif.Change.Cost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes that come into question for a job: what it does not have yet. Whether a change has rules, and what it saves, is
 * for the model to say.
 */
final class Changes {
    private static final List<String> ADAM =
            List.of(OptimizerKind.ADAMW.id(), OptimizerKind.ADAMW_FUSED.id(), OptimizerKind.ADAMW_FOR_LOOP.id());

    private static final String CHECKPOINTING = "checkpointing";

    private final JobSource source;
    private final FineTuningJob job;
    private final long hiddenSize;
    private final List<Change> changes = new ArrayList<>();

    private Changes(JobSource source, FineTuningJob job, long hiddenSize) {
        this.source = source;
        this.job = job;
        this.hiddenSize = hiddenSize;
    }

    /** Those for a job of a model of this hidden size. */
    static List<Change> of(JobSource source, FineTuningJob job, long hiddenSize) {
        Changes changes = new Changes(source, job, hiddenSize);
        changes.loop();
        changes.attention();
        changes.loss();
        changes.activations();
        changes.optimizer();
        changes.batch();
        changes.method();
        changes.weights();
        return List.copyOf(changes.changes);
    }

    private void add(String id, String group, String title, Map<JobKey, String> values, Cost cost, String... lines) {
        changes.add(new Change(id, group, title, values, cost, List.of(lines)));
    }

    private void loop() {
        if (job.trainingLoop() == TrainingLoop.HOLDS_OUTPUTS) {
            add(
                    "free-outputs",
                    "loop",
                    "let go of the model's outputs before backward",
                    Map.of(JobKey.TRAINING_LOOP, TrainingLoop.FREES_OUTPUTS.id()),
                    Cost.none("no cost"),
                    "loss = outputs.loss; del outputs");
        }
        if (job.useCache()) {
            add(
                    "no-cache",
                    "cache",
                    "no key-value cache in training",
                    Map.of(JobKey.USE_CACHE, "false"),
                    Cost.none("no cost: training does not read it"),
                    "model.config.use_cache = False");
        }
        if (!job.allocator().expandableSegments()) {
            add(
                    "expandable-segments",
                    "allocator",
                    "segments of the allocator that grow",
                    Map.of(JobKey.EXPANDABLE_SEGMENTS, "true"),
                    Cost.none("no cost; frees what lies cached between blocks"),
                    "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True");
        }
    }

    private void attention() {
        if (job.attention() == AttentionImplementation.EAGER) {
            add(
                    "sdpa",
                    "attention",
                    "fused attention (sdpa) instead of eager",
                    Map.of(JobKey.ATTENTION, AttentionImplementation.SDPA.id()),
                    Cost.none("no cost; faster, and no attention weights to look at"),
                    "AutoModelForCausalLM.from_pretrained(…, attn_implementation=\"sdpa\")");
        }
        if (job.attention() != AttentionImplementation.FLASH2) {
            add(
                    "flash-attention-2",
                    "attention",
                    "FlashAttention 2 instead of " + job.attention().id(),
                    Map.of(JobKey.ATTENTION, AttentionImplementation.FLASH2.id()),
                    Cost.none("no cost; needs the flash-attn package and 16-bit computation"),
                    "AutoModelForCausalLM.from_pretrained(…, attn_implementation=\"flash_attention_2\")");
        }
    }

    private void loss() {
        if (job.lossKernel() != LossKernel.STANDARD) {
            return;
        }
        add(
                "liger-loss",
                "loss",
                "Liger's fused loss, which never holds all logits",
                Map.of(JobKey.LOSS_KERNEL, LossKernel.LIGER.id()),
                Cost.none("no cost; needs the liger-kernel package"),
                "TrainingArguments(use_liger_kernel=True, liger_kernel_config={\"rope\": False,",
                "    \"rms_norm\": False, \"swiglu\": False, \"fused_linear_cross_entropy\": True})");
        add(
                "chunked-loss",
                "loss",
                "TRL's loss in chunks of 256 tokens, which never holds all logits",
                Map.of(JobKey.LOSS_KERNEL, LossKernel.CHUNKED.id()),
                new Cost(1, 0, "the head once more in backward, in float32 and chunk by chunk; same results"),
                "SFTConfig(loss_type=\"chunked_nll\")");
    }

    private void activations() {
        checkpointing();
        add(
                "activation-offload",
                "offload",
                "all activations kept in the host's memory, without recomputation",
                Map.of(),
                new Cost(2, 0, "copies over the bus in forward and backward"),
                "SFTConfig(activation_offloading=True)");
        if (job.mlpTiles().isEmpty()) {
            tiledMlp();
        }
        shorterSequences();
    }

    private void checkpointing() {
        Map<JobKey, String> checkpointed = new LinkedHashMap<>();
        if (!job.checkpointing().isOn()) {
            checkpointed.put(JobKey.CHECKPOINTING, Checkpointing.Kind.NON_REENTRANT.id());
            add(
                    "checkpointing",
                    CHECKPOINTING,
                    "recompute activations in backward (gradient checkpointing)",
                    checkpointed,
                    new Cost(2, 0, "one more forward pass of the layers: about a third more computation; same results"),
                    "TrainingArguments(gradient_checkpointing=True,",
                    "    gradient_checkpointing_kwargs={\"use_reentrant\": False})");
            Map<JobKey, String> everyOther = new LinkedHashMap<>(checkpointed);
            everyOther.put(JobKey.CHECKPOINT_EVERY, "2");
            add(
                    "checkpointing-every-2",
                    CHECKPOINTING,
                    "recompute the activations of every other layer",
                    everyOther,
                    new Cost(
                            1,
                            0,
                            "one more forward pass of half the layers: about a sixth more computation; same results"),
                    "TrainingArguments(gradient_checkpointing=True,",
                    "    gradient_checkpointing_kwargs={\"use_reentrant\": False, \"every_n_layers\": 2})");
        }
        boolean reentrant = job.checkpointing().kind() == Checkpointing.Kind.REENTRANT;
        if (!job.checkpointing().offloaded()) {
            Map<JobKey, String> offloaded = new LinkedHashMap<>(checkpointed);
            offloaded.put(JobKey.CHECKPOINT_OFFLOAD, "true");
            add(
                    "checkpoint-offload",
                    CHECKPOINTING,
                    "gradient checkpointing whose checkpoints are kept in the host's memory",
                    offloaded,
                    new Cost(
                            job.checkpointing().isOn() ? 1 : 3,
                            0,
                            "the hidden states of each layer go over the bus and back, in the way of computation, and lie in pinned memory of the host; same results"),
                    "TrainingArguments(gradient_checkpointing=True,",
                    "    gradient_checkpointing_kwargs={\"use_reentrant\": %s, \"offload\": True%s})"
                            .formatted(reentrant ? "True" : "False", everyNthLayer()));
        }
        if (job.checkpointing().isOn() && job.checkpointing().everyNthLayer() > 1) {
            add(
                    "checkpoint-every-layer",
                    "checkpointed-layers",
                    "gradient checkpointing of every layer",
                    Map.of(JobKey.CHECKPOINT_EVERY, "1"),
                    new Cost(1, 0, "one more forward pass of the other layers; same results"),
                    "TrainingArguments(gradient_checkpointing_kwargs={\"every_n_layers\": 1, …})");
        }
    }

    private String everyNthLayer() {
        int every = job.checkpointing().everyNthLayer();
        return every > 1 ? ", \"every_n_layers\": " + every : "";
    }

    /** As many tiles as Liger takes if it is not told: each about as long as the hidden size. */
    private void tiledMlp() {
        int length = job.batch().sequenceLength();
        long tiles = Math.max(2, (length + hiddenSize - 1) / hiddenSize);
        add(
                "tiled-mlp",
                "mlp",
                "MLPs over %d tiles of tokens, one after the other (Liger's tiled MLP, before the model is loaded)"
                        .formatted(tiles),
                Map.of(JobKey.MLP_TILES, Long.toString(Math.min(JobKey.MLP_TILES.maximum(), tiles))),
                new Cost(
                        1,
                        0,
                        "one more forward pass of the MLPs, and smaller kernels; same results, but backward computes them outside autocast; needs the liger-kernel package"),
                "modeling_llama.LlamaMLP = lambda config: LigerTiledSwiGLUMLP(config, num_shards=%d)".formatted(tiles));
    }

    private void shorterSequences() {
        int length = job.batch().sequenceLength();
        if (length >= 2) {
            Map<JobKey, String> values = new LinkedHashMap<>();
            values.put(JobKey.SEQUENCE_LENGTH, Integer.toString((length + 1) / 2));
            values.put(
                    JobKey.GRADIENT_ACCUMULATION,
                    Integer.toString(Math.min(JobKey.GRADIENT_ACCUMULATION.maximum(), 2 * job.gradientAccumulation())));
            add(
                    "sequence-chunking",
                    "sequence",
                    "sequences cut in two, which do not see each other",
                    values,
                    new Cost(
                            0,
                            3,
                            "no time, but what lies further back than %d tokens is not learned"
                                    .formatted((length + 1) / 2)),
                    "SFTConfig(max_length=%d), gradient_accumulation_steps=%d"
                            .formatted((length + 1) / 2, 2 * job.gradientAccumulation()));
        }
    }

    private void optimizer() {
        String now = job.optimizer().id();
        if (!ADAM.contains(now)) {
            return;
        }
        if (job.optimizer() == OptimizerKind.ADAMW) {
            add(
                    "fused-optimizer",
                    "optimizer",
                    "AdamW in one fused kernel, without temporaries",
                    Map.of(JobKey.OPTIMIZER, OptimizerKind.ADAMW_FUSED.id()),
                    Cost.none("no cost; faster"),
                    "TrainingArguments(optim=\"adamw_torch_fused\")");
        }
        add(
                "8-bit-optimizer",
                "optimizer",
                "AdamW with its state in 8 bits",
                Map.of(JobKey.OPTIMIZER, "adamw-8bit"),
                new Cost(
                        0,
                        1,
                        "little risk: block-wise quantized state trains alike in most reports; needs bitsandbytes"),
                "TrainingArguments(optim=\"adamw_bnb_8bit\")");
        add(
                "paged-8-bit-optimizer",
                "optimizer",
                "AdamW with its state in 8 bits, paged to the host when memory is short",
                Map.of(JobKey.OPTIMIZER, "paged-adamw-8bit"),
                new Cost(1, 1, "little risk; slow when it pages; needs bitsandbytes"),
                "TrainingArguments(optim=\"paged_adamw_8bit\")");
        add(
                "adafactor",
                "optimizer",
                "Adafactor, whose state is a row and a column",
                Map.of(JobKey.OPTIMIZER, OptimizerKind.ADAFACTOR.id()),
                new Cost(1, 2, "another optimizer: learning rate and schedule must be found anew"),
                "TrainingArguments(optim=\"adafactor\")");
        add(
                "sgd",
                "optimizer",
                "SGD, which has no state",
                Map.of(JobKey.OPTIMIZER, OptimizerKind.SGD.id()),
                new Cost(0, 3, "much risk: transformers seldom train well with it"),
                "TrainingArguments(optim=\"sgd\")");
    }

    private void batch() {
        int batch = job.batch().microBatch();
        for (int smaller : batch > 2 ? new int[] {batch / 2, 1} : batch == 2 ? new int[] {1} : new int[0]) {
            int steps = job.gradientAccumulation() * (batch / smaller);
            if (batch % smaller == 0 && steps <= JobKey.GRADIENT_ACCUMULATION.maximum()) {
                Map<JobKey, String> values = new LinkedHashMap<>();
                values.put(JobKey.MICRO_BATCH, Integer.toString(smaller));
                values.put(JobKey.GRADIENT_ACCUMULATION, Integer.toString(steps));
                add(
                        "micro-batch-" + smaller,
                        "batch",
                        "micro-batch %d, accumulated over %d".formatted(smaller, steps),
                        values,
                        new Cost(1, 0, "same step; smaller kernels use the card less"),
                        "TrainingArguments(per_device_train_batch_size=%d, gradient_accumulation_steps=%d)"
                                .formatted(smaller, steps));
            }
        }
    }

    private void method() {
        if (!(job.method() instanceof AdapterMethod)) {
            add(
                    "lora",
                    "method",
                    "LoRA instead of " + job.method().name(),
                    Map.of(JobKey.METHOD, "lora"),
                    new Cost(0, 2, "learns less than full fine-tuning where much must change"),
                    "get_peft_model(model, LoraConfig(r=16, target_modules=\"all-linear\"))");
            return;
        }
        if (source.applies(JobKey.ADAPTER_DTYPE)
                && source.setting(JobKey.ADAPTER_DTYPE).equals("auto")
                && job.precision().weights().isHalf()) {
            add(
                    "adapter-dtype",
                    "adapter-dtype",
                    "adapter weights in the base's 16 bits instead of float32",
                    Map.of(JobKey.ADAPTER_DTYPE, "weights"),
                    new Cost(0, 1, "small updates may be lost to rounding in 16-bit weights"),
                    "get_peft_model(model, config, autocast_adapter_dtype=False)");
        }
        if (source.applies(JobKey.DROPOUT) && Double.parseDouble(source.setting(JobKey.DROPOUT)) > 0) {
            add(
                    "no-dropout",
                    "dropout",
                    "no dropout of adapter inputs",
                    Map.of(JobKey.DROPOUT, "0.0"),
                    new Cost(0, 1, "less regularization"),
                    "LoraConfig(lora_dropout=0.0)");
        }
        if (source.applies(JobKey.TARGETS) && source.setting(JobKey.TARGETS).equals("all-linear")) {
            add(
                    "attention-targets",
                    "targets",
                    "adapters on attention only",
                    Map.of(JobKey.TARGETS, "attention"),
                    new Cost(0, 2, "learns less: adapters on all layers come closest to full fine-tuning"),
                    "LoraConfig(target_modules=[\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\"])");
        }
        if (source.setting(JobKey.QUANTIZATION).equals(JobKey.NONE)) {
            Map<JobKey, String> nf4 = new LinkedHashMap<>();
            nf4.put(JobKey.QUANTIZATION, "nf4");
            nf4.put(JobKey.DOUBLE_QUANT, "true");
            if (job.precision().autocast().isEmpty()) {
                nf4.put(
                        JobKey.AUTOCAST,
                        "bf16"); // PEFT prepares such a base in float32, which is computed in bfloat16.
            }
            add(
                    "nf4-base",
                    "base",
                    "the frozen base in 4 bits (QLoRA)",
                    nf4,
                    new Cost(
                            2,
                            1,
                            "weights are dequantized in every pass; little risk in most reports; needs bitsandbytes"),
                    "BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type=\"nf4\",",
                    "    bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16)",
                    "TrainingArguments(bf16=True)");
            add(
                    "int8-base",
                    "base",
                    "the frozen base in 8 bits",
                    Map.of(JobKey.QUANTIZATION, "int8"),
                    new Cost(2, 1, "slower products; little risk; needs bitsandbytes"),
                    "BitsAndBytesConfig(load_in_8bit=True)");
        }
    }

    private void weights() {
        if (job.precision().weights() == DType.FLOAT32) {
            boolean frozen = job.method() instanceof AdapterMethod;
            add(
                    "bf16-weights",
                    "weights",
                    "weights in bfloat16",
                    Map.of(JobKey.WEIGHT_DTYPE, "bfloat16"),
                    frozen
                            ? new Cost(0, 1, "faster; the frozen base loses bits it hardly needs")
                            : new Cost(0, 2, "faster; trained weights in 16 bits lose small updates"),
                    "AutoModelForCausalLM.from_pretrained(…, dtype=torch.bfloat16)");
        }
    }
}
