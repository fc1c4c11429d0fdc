package dev.headroom.model.pytorch;

import dev.headroom.model.explain.RuleBook;
import dev.headroom.model.explain.Source;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.training.LossKernel;
import java.util.List;
import java.util.Map;

/** Where the rules for PyTorch, transformers and PEFT are known from. */
public final class PyTorchRuleBook implements RuleBook {
    /** A word that occurs in a module's path, and the part of the model it stands for; the first that fits counts. */
    private record Part(String word, String part, String code) {}

    private static final List<Part> PARTS = List.of(
            new Part(".lora_", "adapter", "Linear.forward in peft/tuners/lora/layer.py"),
            new Part("prompt_encoder", "adapter", "get_prompt in peft/peft_model.py"),
            new Part("embed_tokens", "embedding", "Model"),
            new Part(".wte", "embedding", "Model"),
            new Part(".wpe", "positions and mask", "Model"),
            new Part("rotary_emb", "positions and mask", "RotaryEmbedding"),
            new Part("norm", "norms", "RMSNorm"),
            new Part(".ln_", "norms", "LayerNorm"),
            new Part(".experts", "experts", "Experts; integrations/moe.py"),
            new Part(".mlp.gate.", "router", "TopKRouter"),
            new Part(".router.", "router", "Router"),
            new Part("_proj", "projections", "Attention and MLP"),
            new Part(".c_", "projections", "Attention and MLP"),
            new Part(".self_attn", "attention", "Attention"),
            new Part(".attn", "attention", "Attention"),
            new Part(".mlp", "MLP", "MLP"),
            new Part(".feed_forward", "MLP", "MLP and Moe"),
            new Part(".h.", "residual stream", "Block"),
            new Part(".layers.", "residual stream", "DecoderLayer"),
            new Part("lm_head", "output head", "ForCausalLM"));

    private static final String TEXT_PART = "_text";

    private static final String LOOP = "what the training loop keeps alive";

    /** Operations that no autograd node names, and the file whose rule they follow. */
    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("cublas workspace", "aten/src/ATen/cuda/CublasHandlePool.cpp, getChosenWorkspaceSize"),
            Map.entry("cublasLt workspace", "aten/src/ATen/cuda/CUDABlas.cpp, _getWorkspaceSize"),
            Map.entry("input_ids", LOOP),
            Map.entry("attention_mask", LOOP),
            Map.entry("labels", LOOP),
            Map.entry("trainer batch", LOOP),
            Map.entry("trainer._tr_loss", LOOP),
            Map.entry("grad_scaler._scale", "torch/amp/grad_scaler.py, _lazy_init_scale_growth_tracker"),
            Map.entry("grad_scaler._growth_tracker", "torch/amp/grad_scaler.py, _lazy_init_scale_growth_tracker"),
            Map.entry("exp_avg", "torch/optim/adam.py, _init_group"),
            Map.entry("exp_avg_sq", "torch/optim/adam.py, _init_group"),
            Map.entry("step", "torch/optim/adam.py, _init_group"),
            Map.entry("momentum_buffer", "torch/optim/sgd.py, _multi_tensor_sgd"),
            Map.entry("aten::_foreach_sqrt", "torch/optim/adam.py, _multi_tensor_adam"),
            Map.entry("aten::_foreach_norm", "torch/nn/utils/clip_grad.py, _get_total_norm"),
            Map.entry("checkpoint", "torch/utils/checkpoint.py, _checkpoint_without_reentrant_generator"),
            Map.entry("recomputed", "torch/utils/checkpoint.py, _recomputation_hook"),
            Map.entry("CheckpointFunctionBackward", "torch/utils/checkpoint.py, CheckpointFunction"),
            Map.entry("aten::sum staging buffer", "aten/src/ATen/native/cuda/Reduce.cuh, setReduceConfig"),
            Map.entry("aten::sum semaphores", "aten/src/ATen/native/cuda/Reduce.cuh, setReduceConfig"));

    /** Operations of Liger's, and their files. */
    private static final Map<String, String> LIGER = Map.of(
            "LigerFusedLinearCrossEntropy", "ops/fused_linear_cross_entropy.py",
            "LigerTiledMLPFunctionBackward", "ops/tiled_mlp.py",
            "LigerSiLUMulFunctionBackward", "ops/swiglu.py");

    private final SoftwareStack stack;
    private final String modelType;
    private final LossKernel loss;

    /**
     * @param modelType the architecture, such as {@code llama}, which names its modelling file
     */
    public PyTorchRuleBook(SoftwareStack stack, String modelType, LossKernel loss) {
        this.stack = stack;
        this.modelType = modelType;
        this.loss = loss;
    }

    @Override
    public String part(String module, String operation) {
        if (operation.endsWith("workspace")) {
            return "library workspaces";
        }
        for (Part part : PARTS) {
            if ((module + ".").contains(part.word())) {
                return part.part();
            }
        }
        return switch (module) {
            case "lm" -> "loss";
            case "peft" -> "virtual tokens";
            case "model" -> "positions and mask";
            default -> "training loop";
        };
    }

    @Override
    public Source source(String module, String operation) {
        if (operation.equals(TensorOrigin.PARAMETER) || operation.equals(TensorOrigin.BUFFER)) {
            return source(code(module));
        }
        String ligers = LIGER.get(operation);
        String rule = ligers == null
                ? "PyTorch %s, %s".formatted(stack.torch(), file(operation))
                : "Liger-Kernel 0.8.2, " + ligers;
        String code = code(module);
        return source(code.isEmpty() ? rule : rule + "; " + code);
    }

    private static String file(String operation) {
        String file = FILES.get(operation);
        if (file != null) {
            return file;
        }
        return operation.contains("Backward")
                ? "tools/autograd/derivatives.yaml, " + operation
                : "aten/src/ATen/native, " + operation;
    }

    /** The Python code that runs as {@code module}. */
    private String code(String module) {
        for (Part part : PARTS) {
            if ((module + ".").contains(part.word())) {
                return part.part().equals("adapter")
                        ? "PEFT %s, %s".formatted(stack.peft(), part.code())
                        : modelling(part.code());
            }
        }
        return switch (module) {
            case "lm" -> loss();
            case "model" -> "transformers %s, masking_utils.py, create_causal_mask".formatted(stack.transformers());
            default -> "";
        };
    }

    private String loss() {
        return switch (loss) {
            case STANDARD -> "transformers %s, loss/loss_utils.py, ForCausalLMLoss".formatted(stack.transformers());
            case LIGER -> "Liger-Kernel 0.8.2, transformers/model/loss_utils.py, LigerForCausalLMLoss";
            case CHUNKED -> "TRL 1.13, trainer/sft_trainer.py, _chunked_cross_entropy_loss";
        };
    }

    /** The text parts of multi-modal models stand in the files of those. */
    private String modelling(String part) {
        String file = modelType.endsWith(TEXT_PART)
                ? modelType.substring(0, modelType.length() - TEXT_PART.length())
                : modelType;
        return "transformers %s, modeling_%s.py, %s".formatted(stack.transformers(), file, part);
    }

    private static Source source(String citation) {
        return new Source(Source.Kind.SOURCE_CODE, citation);
    }

    @Override
    public Source allocator() {
        return source("PyTorch %s, c10/cuda/CUDACachingAllocator.cpp".formatted(stack.torch()));
    }
}
