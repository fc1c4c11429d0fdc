package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.FalconForm;
import dev.headroom.model.job.Problem;
import dev.headroom.model.job.RefusedJobException;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.EmbeddingAdapter;
import dev.headroom.model.pytorch.nn.EmbeddingLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.training.AttentionImplementation;
import dev.headroom.model.training.Checkpointing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Layers that return their probabilities, a mask that is always written, and biases that enter it. Source: transformers 5.17,
 * {@code modeling_falcon.py}, FalconModel.
 */
final class FalconDecoder implements Decoder {
    private static final String PATH = "transformer";

    private final Aten aten;
    private final EmbeddingLayer embedding;
    private final PositionScheme positions;
    private final Optional<Alibi> alibi;
    private final List<FalconLayer> layers = new ArrayList<>();
    private final LayerNorm norm;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;

    private FalconDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        AttentionHeads heads = resolved.architecture().attention();
        this.aten = aten;
        Tensor table = weights.get(PATH + ".word_embeddings.weight");
        this.embedding = new EmbeddingLayer(aten, PATH + ".word_embeddings", ids -> aten.embedding(ids, table));
        this.positions = RotaryEmbedding.ofAll(aten, PATH, heads.dimension());
        this.alibi = FalconForm.of(resolved.architecture()).alibi()
                ? Optional.of(new Alibi(aten.autograd(), heads.query()))
                : Optional.empty();
        this.norm = LayerNorm.of(aten, PATH + ".ln_f", weights);
        this.causalMask = new CausalMask(
                aten.autograd(),
                resolved.job().attention(),
                resolved.job().batch().padded(),
                OptionalLong.empty(),
                false);
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        AttentionImplementation implementation = resolved.job().attention();
        boolean eager = implementation == AttentionImplementation.EAGER;
        if (implementation == AttentionImplementation.FLASH2) {
            throw unsupported("attention", "no rule yet for falcon with flash2");
        }
        if (eager && resolved.job().checkpointing().kind() == Checkpointing.Kind.REENTRANT) {
            throw unsupported(
                    "checkpointing",
                    "no rule yet for reentrant checkpointing of falcon with eager attention, whose layers return probabilities");
        }
        Architecture architecture = resolved.architecture();
        FalconForm form = FalconForm.of(architecture);
        FalconDecoder decoder = new FalconDecoder(aten, resolved, weights);
        ScaledDotProductAttention fused =
                new ScaledDotProductAttention(aten, resolved.computeCapability(), resolved.multiprocessors());
        String firstNorm = form.twoNorms() ? ".ln_attn" : ".input_layernorm";
        Optional<String> secondNorm = form.twoNorms()
                ? Optional.of(".ln_mlp")
                : form.parallel() ? Optional.empty() : Optional.of(".post_attention_layernorm");
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".h." + i;
            String attention = path + ".self_attention";
            decoder.layers.add(new FalconLayer(
                    aten,
                    path,
                    form.parallel(),
                    LayerNorm.of(aten, path + firstNorm, weights),
                    secondNorm.map(name -> LayerNorm.of(aten, path + name, weights)),
                    new FalconAttention(
                            aten,
                            attention,
                            eager,
                            fused,
                            decoder.positions,
                            new FalconProjection(
                                    aten,
                                    architecture.attention(),
                                    form.heads(),
                                    weights.linear(attention + ".query_key_value")),
                            weights.linear(attention + ".dense")),
                    new Gpt2Mlp(
                            aten,
                            path + ".mlp",
                            weights.linear(path + ".mlp.dense_h_to_4h"),
                            weights.linear(path + ".mlp.dense_4h_to_h"),
                            aten::gelu,
                            false)));
        }
        return decoder;
    }

    private static RefusedJobException unsupported(String key, String message) {
        return new RefusedJobException(List.of(Problem.unsupported(key, message)));
    }

    @Override
    public Tensor embed(Tensor ids) {
        Tensor embeds = embedding.forward(ids);
        checkpointing.prepare(embeds);
        return embeds;
    }

    @Override
    public void adaptEmbedding(EmbeddingAdapter adapter) {
        embedding.adapt(adapter);
    }

    @Override
    public Tensor hiddenStates(ModelInput input, KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(PATH)) {
            Tensor embeds = frame.let(input.embeddings(this::embed));
            @Nullable
            Tensor biases = alibi.map(form -> frame.let(form.biases(input, embeds.dtype())))
                    .orElse(null);
            Tensor numbers = frame.let(positions.numbers(input));
            Tensor mask =
                    frame.let(causalMask.create(input, embeds.dtype(), false).orElseThrow());
            if (biases != null) {
                mask = alibi.orElseThrow().enterMask(mask, biases, frame);
            }
            PositionScheme.Entry entry = positions.enter(embeds, numbers, frame);
            Call call = new Call(frame, entry.angles(), biases, mask, cache);
            Tensor hidden = entry.hidden();
            for (int i = 0; i < layers.size(); i++) {
                hidden = frame.replace(hidden, call.of(i, hidden, numbers));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }

    /** What every layer is called with, and {@code outputs}: what the last one returned, named until the next one returns. */
    private final class Call {
        private final Frame frame;
        private final PositionScheme.@Nullable Angles angles;
        private final @Nullable Tensor biases;
        private final Tensor mask;
        private final KeyValueCache cache;
        private final List<Tensor> outputs = new ArrayList<>();

        Call(
                Frame frame,
                PositionScheme.@Nullable Angles angles,
                @Nullable Tensor biases,
                Tensor mask,
                KeyValueCache cache) {
            this.frame = frame;
            this.angles = angles;
            this.biases = biases;
            this.mask = mask;
            this.cache = cache;
        }

        Tensor of(int index, Tensor hidden, Tensor numbers) {
            List<Tensor> shared = new ArrayList<>(List.of(mask, numbers));
            if (angles != null) {
                shared.addAll(List.of(angles.cos(), angles.sin()));
            }
            if (biases != null) {
                shared.add(biases);
            }
            List<Tensor> returned = new ArrayList<>();
            Tensor next = checkpointing.run(index, hidden, shared, x -> {
                Attention.Result result = layers.get(index).forward(x, angles, biases, mask, cache);
                if (result.weights() != null) {
                    returned.add(result.weights());
                }
                return result.output();
            });
            Tensor named = frame.let(next);
            returned.forEach(frame::let);
            outputs.forEach(frame::drop);
            outputs.clear();
            outputs.add(named);
            outputs.addAll(returned);
            returned.clear();
            return named;
        }
    }
}
