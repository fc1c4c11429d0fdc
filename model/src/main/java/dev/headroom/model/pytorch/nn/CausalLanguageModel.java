package dev.headroom.model.pytorch.nn;

import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.training.Checkpointing;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Llama-like language model with its loss. Source: transformers 5.17, {@code modeling_llama.py} (LlamaModel,
 * LlamaForCausalLM), {@code loss/loss_utils.py} (ForCausalLMLoss), {@code modeling_layers.py}.
 */
public final class CausalLanguageModel {
    private final Aten aten;
    private final Tensor embedding;
    private final List<DecoderLayer> layers;
    private final RmsNorm norm;
    private final Tensor head;
    private final RotaryEmbedding rotary;
    private final CausalMask causalMask;
    private final ModelOptions options;
    private final List<Tensor> trainable;

    /**
     * What forward does beyond the architecture.
     *
     * @param checkpointing how layers are checkpointed
     * @param adapted whether an adapter trains over frozen weights
     * @param useCache whether a key-value cache is filled
     */
    record ModelOptions(Checkpointing checkpointing, boolean adapted, boolean useCache) {}

    CausalLanguageModel(
            Aten aten,
            Tensor embedding,
            List<DecoderLayer> layers,
            RmsNorm norm,
            Tensor head,
            RotaryEmbedding rotary,
            CausalMask causalMask,
            ModelOptions options,
            List<Tensor> trainable) {
        this.aten = aten;
        this.embedding = embedding;
        this.layers = List.copyOf(layers);
        this.norm = norm;
        this.head = head;
        this.rotary = rotary;
        this.causalMask = causalMask;
        this.options = options;
        this.trainable = List.copyOf(trainable);
    }

    /** Parameters that train, in the order of {@code model.parameters()}. */
    public List<Tensor> trainable() {
        return trainable;
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
        private final Tensor logits;
        private final KeyValueCache cache;

        Output(Autograd autograd, Tensor loss, Tensor logits, KeyValueCache cache) {
            this.autograd = autograd;
            this.loss = loss;
            this.logits = logits;
            this.cache = cache;
        }

        /** The loss, a float32 scalar. */
        public Tensor loss() {
            return loss;
        }

        /** The logits, shape [b, s, vocabulary]. */
        public Tensor logits() {
            return logits;
        }

        /** Ends the last reference to all but the loss, and hands the loss to the caller. */
        public Tensor releaseAllButLoss() {
            autograd.release(logits);
            cache.release();
            return loss;
        }

        /** Ends the last reference to loss, logits and cache. */
        public void release() {
            autograd.release(loss);
            autograd.release(logits);
            cache.release();
        }
    }

    /**
     * One forward pass with loss.
     *
     * @param ids token ids, shape [b, s]
     */
    public Output forward(Tensor ids, LossReduction reduction) {
        Autograd autograd = aten.autograd();
        KeyValueCache cache =
                new KeyValueCache(aten, options.useCache() && options.checkpointing() == Checkpointing.NONE);
        try (Frame frame = autograd.enterModule("lm")) {
            Tensor hidden = frame.let(hiddenStates(ids, cache));
            Tensor logits = autograd.within(
                    Category.LOGITS_AND_LOSS,
                    () -> frame.let(aten.inModule("lm_head", hidden, x -> aten.linear(x, head, null))));
            Tensor loss = autograd.within(Category.LOGITS_AND_LOSS, () -> frame.let(loss(logits, reduction)));
            autograd.retain(loss);
            autograd.retain(logits);
            return new Output(autograd, loss, logits, cache);
        }
    }

    private Tensor hiddenStates(Tensor ids, KeyValueCache cache) {
        Autograd autograd = aten.autograd();
        Extent batch = ids.shape().dimension(0);
        Extent sequence = ids.shape().dimension(1);
        try (Frame frame = autograd.enterModule("model")) {
            Tensor embeds = frame.let(aten.inModule("model.embed_tokens", ids, x -> aten.embedding(x, embedding)));
            if (options.checkpointing() != Checkpointing.NONE && !embeds.requiresGradient()) {
                autograd.requireGradient(embeds);
            }
            Tensor positions = frame.let(positions(sequence));
            Tensor mask = causalMask
                    .create(batch, sequence, embeds.dtype())
                    .map(frame::let)
                    .orElse(null);
            RotaryEmbedding.Angles angles = rotary.angles(sequence, embeds.dtype());
            frame.let(angles.cos());
            frame.let(angles.sin());
            Tensor hidden = frame.let(embeds);
            for (DecoderLayer layer : layers) {
                hidden = frame.replace(hidden, runLayer(layer, hidden, angles, mask, positions, cache));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }

    private Tensor positions(Extent sequence) {
        Autograd autograd = aten.autograd();
        Tensor range = autograd.allocate(Shape.of(sequence), DType.INT64, "aten::arange");
        Tensor positions = autograd.allocate(Shape.of(Extent.ONE, sequence), DType.INT64, "aten::add");
        autograd.useUp(range);
        return positions;
    }

    private Tensor runLayer(
            DecoderLayer layer,
            Tensor hidden,
            RotaryEmbedding.Angles angles,
            @Nullable Tensor mask,
            Tensor positions,
            KeyValueCache cache) {
        if (options.checkpointing() == Checkpointing.NONE) {
            return layer.forward(hidden, angles, mask, cache);
        }
        List<Tensor> captured = new ArrayList<>(List.of(angles.cos(), angles.sin(), positions));
        if (mask != null) {
            captured.add(mask);
        }
        if (options.checkpointing() == Checkpointing.REENTRANT) {
            return aten.autograd()
                    .checkpointReentrant(hidden, captured, input -> layer.forward(input, angles, mask, cache));
        }
        captured.add(hidden);
        return aten.autograd().checkpoint(captured, () -> layer.forward(hidden, angles, mask, cache));
    }

    /** Cross-entropy over the vocabulary, in float32, of each token against the next. */
    private Tensor loss(Tensor logits, LossReduction reduction) {
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
            Tensor loss = aten.negativeLogLikelihood(aten.logSoftmax(aten.view(upcast, flat)), shifted);
            return reduction == LossReduction.MEAN ? loss : aten.divide(loss);
        }
    }
}
