package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.EmbeddingAdapter;
import dev.headroom.model.pytorch.nn.EmbeddingLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.training.AttentionImplementation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Positions are added before the mask is made, and their sum is dropped out after it. Source: transformers 5.17,
 * {@code modeling_gpt2.py}, GPT2Model.
 */
final class Gpt2Decoder implements Decoder {
    private static final String PATH = "transformer";
    private static final double STANDARD_DROPOUT = 0.1;

    private final Aten aten;
    private final EmbeddingLayer embedding;
    private final PositionScheme positions;
    private final List<Layer> layers = new ArrayList<>();
    private final LayerNorm norm;
    private final boolean drops;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;

    private Gpt2Decoder(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        this.aten = aten;
        this.embedding =
                new EmbeddingLayer(aten, PATH + ".wte", ids -> aten.embedding(ids, weights.get(PATH + ".wte.weight")));
        this.positions = new PositionTable(aten, PATH + ".wpe", weights.get(PATH + ".wpe.weight"));
        this.norm = LayerNorm.of(aten, PATH + ".ln_f", weights);
        this.drops = drops(architecture, "embd_pdrop");
        this.causalMask = new CausalMask(
                aten.autograd(),
                resolved.job().attention(),
                resolved.job().batch().padded(),
                architecture.attention().slidingWindow(),
                false);
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        Gpt2Decoder decoder = new Gpt2Decoder(aten, resolved, weights);
        boolean fused = resolved.job().attention() != AttentionImplementation.EAGER;
        boolean dropsResiduals = drops(architecture, "resid_pdrop");
        AttentionFactory attention = new AttentionFactory(
                aten,
                resolved,
                decoder.positions,
                new AttentionRules(false, false, drops(architecture, "attn_pdrop"), dropsResiduals, false)
                        .withOutputDropout("resid_dropout"));
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".h." + i;
            decoder.layers.add(new Gpt2Layer(
                    aten,
                    path,
                    LayerNorm.of(aten, path + ".ln_1", weights),
                    attention.create(
                            path + ".attn",
                            new SplitProjection(
                                    aten, architecture.attention(), weights.linear(path + ".attn.c_attn"), fused),
                            weights.linear(path + ".attn.c_proj")),
                    LayerNorm.of(aten, path + ".ln_2", weights),
                    new Gpt2Mlp(
                            aten,
                            path + ".mlp",
                            weights.linear(path + ".mlp.c_fc"),
                            weights.linear(path + ".mlp.c_proj"),
                            x -> Gpt2Mlp.newGelu(aten, x),
                            dropsResiduals,
                            Optional.of("dropout"))));
        }
        return decoder;
    }

    static boolean drops(Architecture architecture, String setting) {
        return architecture.decimal(setting, STANDARD_DROPOUT) > 0;
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
            Tensor numbers = frame.let(positions.numbers(input));
            Tensor hidden = positions.enter(embeds, numbers, frame).hidden();
            @Nullable
            Tensor mask =
                    causalMask.create(input, embeds.dtype()).map(frame::let).orElse(null);
            if (drops) {
                hidden = frame.replace(hidden, aten.inModule(PATH + ".drop", hidden, aten::dropout));
            }
            List<Tensor> arguments = mask == null ? List.of() : List.of(mask);
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                hidden = frame.replace(
                        hidden,
                        checkpointing.run(
                                i, hidden, arguments, List.of(numbers), x -> layer.forward(x, null, mask, cache)));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }
}
