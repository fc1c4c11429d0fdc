package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;

/** Source: transformers 5.17, {@code modeling_starcoder2.py}, Starcoder2Model. */
final class Starcoder2Decoder {
    private static final String PATH = "model";

    private Starcoder2Decoder() {}

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        AttentionHeads heads = architecture.attention();
        PositionScheme rotary = new RotaryEmbedding(aten, heads.dimension());
        PositionScheme positions =
                drops(architecture, "embedding_dropout") ? new DroppedEmbeddings(aten, rotary) : rotary;
        boolean dropsResiduals = drops(architecture, "residual_dropout");
        AttentionFactory attention = new AttentionFactory(
                aten,
                resolved,
                positions,
                new AttentionRules(true, false, drops(architecture, "attention_dropout"), dropsResiduals, false));
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".layers." + i;
            layers.add(new DecoderLayer(
                    aten,
                    path,
                    LayerNorm.of(aten, path + ".input_layernorm", weights)::forward,
                    attention.create(
                            path + ".self_attn",
                            inputs(aten, heads, path + ".self_attn", weights),
                            weights.linear(path + ".self_attn.o_proj")),
                    LayerNorm.of(aten, path + ".post_attention_layernorm", weights)::forward,
                    new Gpt2Mlp(
                            aten,
                            path + ".mlp",
                            weights.linear(path + ".mlp.c_fc"),
                            weights.linear(path + ".mlp.c_proj"),
                            aten::gelu,
                            dropsResiduals)));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        new LayerKind(heads.slidingWindow(), positions),
                        layers,
                        LayerNorm.of(aten, PATH + ".norm", weights)::forward));
    }

    private static boolean drops(Architecture architecture, String setting) {
        return architecture.decimal(setting, 0) > 0;
    }

    private static AttentionInputs inputs(Aten aten, AttentionHeads heads, String path, Weights weights) {
        return SeparateProjections.of(aten, heads, path, weights);
    }
}
