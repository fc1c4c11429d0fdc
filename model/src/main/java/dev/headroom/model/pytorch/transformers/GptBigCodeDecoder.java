package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Source: transformers 5.17, {@code modeling_gpt_bigcode.py}, GPTBigCodeModel, whose blocks are GPT-2's. */
final class GptBigCodeDecoder {
    private static final String PATH = "transformer";

    private GptBigCodeDecoder() {}

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions = new DroppedPositions(
                aten,
                PATH + ".drop",
                new PositionTable(aten, PATH + ".wpe", weights.get(PATH + ".wpe.weight")),
                Gpt2Decoder.drops(architecture, "embd_pdrop"));
        boolean dropsResiduals = Gpt2Decoder.drops(architecture, "resid_pdrop");
        AttentionFactory attention = new AttentionFactory(
                aten,
                resolved,
                positions,
                new AttentionRules(true, false, Gpt2Decoder.drops(architecture, "attn_pdrop"), dropsResiduals, false)
                        .withOutputDropout("resid_dropout"));
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".h." + i;
            layers.add(new Gpt2Layer(
                    aten,
                    path,
                    LayerNorm.of(aten, path + ".ln_1", weights),
                    attention.create(
                            path + ".attn",
                            new MultiQueryProjection(
                                    aten, architecture.attention(), weights.linear(path + ".attn.c_attn")),
                            weights.linear(path + ".attn.c_proj")),
                    LayerNorm.of(aten, path + ".ln_2", weights),
                    new Gpt2Mlp(
                            aten,
                            path + ".mlp",
                            weights.linear(path + ".mlp.c_fc"),
                            weights.linear(path + ".mlp.c_proj"),
                            aten::gelu,
                            dropsResiduals,
                            Optional.of("dropout"))));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "wte",
                        ids -> aten.embedding(ids, weights.get(PATH + ".wte.weight")),
                        new LayerKind(architecture.attention().slidingWindow(), positions),
                        layers,
                        LayerNorm.of(aten, PATH + ".ln_f", weights)::forward));
    }
}
