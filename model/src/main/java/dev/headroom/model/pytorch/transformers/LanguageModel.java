package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.platform.TransformersRules;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.LossKernel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder with its output head and its loss. Source: transformers 5.17, {@code modeling_llama.py} (LlamaForCausalLM) and
 * its like, {@code loss/loss_utils.py} (ForCausalLMLoss).
 */
public final class LanguageModel {
    /**
     * Models that return the cache they were called with only if {@code use_cache} is on; it goes when the caller returns.
     * Source: transformers 5.17, {@code modeling_qwen2.py}, Qwen2Model.forward, and its like.
     */
    private static final Set<String> MODELS_THAT_DROP_CACHES =
            Set.of("gemma", "phi3", "qwen2", "qwen2_moe", "qwen3", "starcoder2");

    private final Aten aten;
    private final Decoder decoder;
    private final LinearLayer head;
    /** What becomes of the head's output, one name after the other. */
    private final List<UnaryOperator<Tensor>> onLogits;

    /** The loss that takes the place of head and loss, if there is one. */
    private final Optional<HiddenStatesLoss> fusedLoss;

    /** Makes the cache that a forward pass fills, if it does. */
    private final Supplier<KeyValueCache> caches;

    private final boolean returnsCaches;
    private final List<Tensor> trainable;
    private final TransformersRules rules;
    private final String modelType;
    private UnaryOperator<Tensor> lossWrapper = UnaryOperator.identity();
    private Wrapper wrapper = (model, ids, reduction) -> model.run(ModelInput.ofIds(ids), reduction);

    private LanguageModel(
            Aten aten,
            Decoder decoder,
            LinearLayer head,
            List<UnaryOperator<Tensor>> onLogits,
            Optional<HiddenStatesLoss> fusedLoss,
            Supplier<KeyValueCache> caches,
            boolean returnsCaches,
            List<Tensor> trainable,
            TransformersRules rules,
            String modelType) {
        this.aten = aten;
        this.decoder = decoder;
        this.head = head;
        this.onLogits = onLogits;
        this.fusedLoss = fusedLoss;
        this.caches = caches;
        this.returnsCaches = returnsCaches;
        this.trainable = List.copyOf(trainable);
        this.rules = rules;
        this.modelType = modelType;
    }

    /**
     * Puts a model together from its weights.
     *
     * @param trainable the parameters that train, in the order of {@code model.parameters()}
     */
    public static LanguageModel of(Aten aten, ResolvedJob resolved, Weights weights, List<Tensor> trainable) {
        FineTuningJob job = resolved.job();
        String modelType = resolved.architecture().modelType();
        Decoder decoder = switch (modelType) {
            case "llama", "mistral", "qwen2", "qwen3", "phi3", "granite" -> LlamaDecoder.of(aten, resolved, weights);
            case "gemma", "gemma2", "gemma3_text" -> GemmaDecoder.of(aten, resolved, weights);
            case "gpt_neox" -> GptNeoXDecoder.of(aten, resolved, weights);
            case "mixtral", "olmoe", "qwen2_moe", "qwen3_moe" -> MixtureDecoder.of(aten, resolved, weights);
            case "deepseek_v3" -> DeepseekV3Decoder.of(aten, resolved, weights);
            case "gpt_oss" -> GptOssDecoder.of(aten, resolved, weights);
            case "llama4_text" -> Llama4Decoder.of(aten, resolved, weights);
            case "olmo2" -> Olmo2Decoder.of(aten, resolved, weights);
            case "cohere" -> CohereDecoder.of(aten, resolved, weights);
            case "stablelm" -> StableLmDecoder.of(aten, resolved, weights);
            case "phi" -> PhiDecoder.of(aten, resolved, weights);
            case "opt" -> OptDecoder.of(aten, resolved, weights);
            case "gpt2" -> Gpt2Decoder.of(aten, resolved, weights);
            case "gpt_bigcode" -> GptBigCodeDecoder.of(aten, resolved, weights);
            case "falcon" -> FalconDecoder.of(aten, resolved, weights);
            case "starcoder2" -> Starcoder2Decoder.of(aten, resolved, weights);
            default -> throw new IllegalArgumentException("no decoder for " + modelType);
        };
        weights.embeddingAdapter().ifPresent(decoder::adaptEmbedding);
        TransformersRules rules = TransformersRules.of(job.stack()).orElseThrow();
        KeyValueCache.Kind cacheKind = cacheKind(job, rules, modelType);
        return new LanguageModel(
                aten,
                decoder,
                weights.linear(Family.HEAD),
                onLogits(aten, resolved.architecture()),
                fusedLoss(aten, resolved, weights),
                () -> cacheKind == KeyValueCache.Kind.COPIES
                        ? KeyValueCache.of(aten, resolved.architecture())
                        : KeyValueCache.none(aten, cacheKind),
                cacheKind != KeyValueCache.Kind.NONE || !MODELS_THAT_DROP_CACHES.contains(modelType),
                trainable,
                rules,
                modelType);
    }

    private static KeyValueCache.Kind cacheKind(FineTuningJob job, TransformersRules rules, String modelType) {
        if (!job.useCache() || job.lossKernel() == LossKernel.CHUNKED) { // TRL's forward pass asks for no cache.
            return KeyValueCache.Kind.NONE;
        }
        if (!job.checkpointing().isOn()) {
            return KeyValueCache.Kind.COPIES;
        }
        return rules.returnsKeysWithCheckpointing(modelType) ? KeyValueCache.Kind.VIEWS : KeyValueCache.Kind.NONE;
    }

    /** Gemma's soft cap, and granite's division and cohere's multiplication by a number even if that is 1. */
    private static List<UnaryOperator<Tensor>> onLogits(Aten aten, Architecture architecture) {
        if (architecture.settings().containsKey("final_logit_softcapping")) {
            return List.of(aten::divide, aten::tanh, aten::scale);
        }
        return switch (architecture.modelType()) {
            case "granite" -> List.of(aten::divide);
            case "cohere" -> List.of(aten::scale);
            default -> List.of();
        };
    }

    private static Optional<HiddenStatesLoss> fusedLoss(Aten aten, ResolvedJob resolved, Weights weights) {
        return switch (resolved.job().lossKernel()) {
            case STANDARD -> Optional.empty();
            case LIGER ->
                Optional.of(new LigerLoss(aten, weights.linear(Family.HEAD).weight(), resolved.computeCapability()));
            case CHUNKED ->
                Optional.of(new ChunkedLoss(aten, weights.linear(Family.HEAD).weight(), resolved.architecture()));
        };
    }

    /** Parameters that train, in the order of {@code model.parameters()}. */
    public List<Tensor> trainable() {
        return trainable;
    }

    /** Has every loss pass through what a wrapper of the model does to it after the forward pass. */
    public void returnLossThrough(UnaryOperator<Tensor> loss) {
        lossWrapper = loss;
    }

    /** What a wrapper of the model does in the place of its forward pass. */
    public interface Wrapper {
        /** One forward pass of {@code model}, whose {@code run} it calls. */
        Output forward(LanguageModel model, Tensor ids, LossReduction reduction);
    }

    /** Has every forward pass go through a wrapper. */
    public void callThrough(Wrapper newWrapper) {
        wrapper = newWrapper;
    }

    /** How the loss over a batch is brought to one number. */
    public enum LossReduction {
        /** The mean over the batch's tokens. */
        MEAN,
        /** The sum, divided by a number of tokens that the caller counted ({@code num_items_in_batch}). */
        SUM_OVER_COUNTED_TOKENS
    }

    /** What a forward pass returns; the caller owns it until {@link #release}. */
    public static final class Output {
        private final Autograd autograd;
        private final Tensor loss;
        private final @Nullable Tensor logits;
        private final List<Tensor> figures;
        private final KeyValueCache cache;

        Output(Autograd autograd, Tensor loss, @Nullable Tensor logits, List<Tensor> figures, KeyValueCache cache) {
            this.autograd = autograd;
            this.loss = loss;
            this.logits = logits;
            this.figures = figures;
            this.cache = cache;
        }

        private Output withLoss(Tensor newLoss) {
            autograd.own(newLoss);
            autograd.release(loss);
            return new Output(autograd, newLoss, logits, figures, cache);
        }

        private Output withoutCache() {
            cache.release();
            return this;
        }

        /** The loss, a float32 scalar. */
        public Tensor loss() {
            return loss;
        }

        /** The logits, shape [b, s, vocabulary], unless the loss does without. */
        public Optional<Tensor> logits() {
            return Optional.ofNullable(logits);
        }

        /** All it holds in tensors of its own, beside the loss. */
        public List<Tensor> allButLoss() {
            return Stream.concat(logits().stream(), cache.views().stream()).toList();
        }

        /** Ends the last reference to all but the loss, and hands the loss to the caller. */
        public Tensor releaseAllButLoss() {
            releaseTheRest();
            return loss;
        }

        /** Ends the last reference to loss, logits and cache. */
        public void release() {
            autograd.release(loss);
            releaseTheRest();
        }

        private void releaseTheRest() {
            logits().ifPresent(autograd::release);
            figures.forEach(autograd::release);
            cache.release();
        }
    }

    /**
     * One forward pass with loss.
     *
     * @param ids token ids, shape [b, s]
     */
    public Output forward(Tensor ids, LossReduction reduction) {
        Output output = wrapper.forward(this, ids, reduction);
        Tensor loss = lossWrapper.apply(output.loss());
        return loss == output.loss() ? output : output.withLoss(loss);
    }

    public Aten aten() {
        return aten;
    }

    /** Calls the input embedding. */
    public Tensor embed(Tensor ids) {
        return decoder.embed(ids);
    }

    /** The model's own forward pass. */
    public Output run(ModelInput input, LossReduction reduction) {
        return run(input, caches.get(), reduction);
    }

    /** The model's own forward pass with keys and values from before, which the caller holds until it returns. */
    public Output run(ModelInput input, KeyValueCache cache, LossReduction reduction) {
        Output output = runWith(input, cache, reduction);
        return returnsCaches ? output : output.withoutCache();
    }

    private Output runWith(ModelInput input, KeyValueCache cache, LossReduction reduction) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule("lm")) {
            Tensor hidden = frame.let(decoder.hiddenStates(input, cache));
            if (fusedLoss.isPresent()) {
                HiddenStatesLoss.Result result = autograd.within(
                        Category.LOGITS_AND_LOSS, () -> fusedLoss.get().of(hidden, reduction));
                return new Output(autograd, autograd.own(result.loss()), null, result.figures(), cache);
            }
            Tensor logits = autograd.within(Category.LOGITS_AND_LOSS, () -> logits(frame, hidden));
            Tensor loss = autograd.within(Category.LOGITS_AND_LOSS, () -> frame.let(loss(logits, reduction)));
            autograd.retain(loss);
            autograd.retain(logits);
            return new Output(autograd, loss, logits, List.of(), cache);
        }
    }

    private Tensor logits(Frame frame, Tensor hidden) {
        Tensor logits = frame.let(head.forward(hidden));
        for (UnaryOperator<Tensor> operation : onLogits) {
            logits = frame.replace(logits, operation.apply(logits));
        }
        return rules.upcastsLogitsInForward(modelType) ? frame.replace(logits, aten.to(logits, DType.FLOAT32)) : logits;
    }

    private Tensor loss(Tensor logits, LossReduction reduction) {
        return rules.shiftsLogits() ? lossOfShiftedLogits(logits, reduction) : lossOfShiftedLabels(logits, reduction);
    }

    /** Cross-entropy of each token but the last against the next. A batch of one is shifted without a copy. */
    private Tensor lossOfShiftedLogits(Tensor logits, LossReduction reduction) {
        Autograd autograd = aten.autograd();
        Extent batch = logits.shape().dimension(0);
        Extent predicted = logits.shape().dimension(1).minus(Extent.ONE);
        Shape shape = Shape.of(batch, predicted, logits.shape().dimension(2));
        boolean several = autograd.exceeds(batch, 1);
        try (Frame frame = autograd.frame()) {
            boolean own = rules.hasOwnLoss(modelType);
            Tensor upcast = frame.let(own ? logits : aten.to(logits, DType.FLOAT32));
            Tensor sliced = aten.slice(upcast, shape, !several);
            Tensor shifted = frame.let(aten.contiguous(sliced));
            Tensor labels =
                    frame.let(autograd.allocate(Shape.of(batch.times(predicted)), DType.INT64, "aten::contiguous"));
            Tensor loss = aten.crossEntropy(aten.view(shifted, shape.flattened()), labels);
            return own || reduction == LossReduction.MEAN ? loss : aten.divide(loss);
        }
    }

    /** Cross-entropy over the vocabulary, in float32, of each token against the next. */
    private Tensor lossOfShiftedLabels(Tensor logits, LossReduction reduction) {
        Autograd autograd = aten.autograd();
        Extent batch = logits.shape().dimension(0);
        Extent sequence = logits.shape().dimension(1);
        try (Frame frame = autograd.frame()) {
            Tensor upcast = frame.let(aten.to(logits, DType.FLOAT32));
            Tensor padded = frame.let(autograd.allocate(
                    Shape.of(batch, sequence.plus(Extent.ONE)), DType.INT64, "aten::constant_pad_nd"));
            Shape tokens = Shape.of(batch.times(sequence));
            Tensor shifted = frame.let(
                    autograd.exceeds(batch, 1)
                            ? autograd.allocate(tokens, DType.INT64, "aten::contiguous")
                            : autograd.alias(padded, tokens));
            Shape flat = upcast.shape().flattened();
            Tensor loss = aten.crossEntropy(aten.view(upcast, flat), shifted);
            return reduction == LossReduction.MEAN ? loss : aten.divide(loss);
        }
    }
}
