package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.Optional;

/** Source: transformers 5.17, {@code modeling_gpt_bigcode.py}, GPTBigCodeModel, whose blocks are GPT-2's. */
record GptBigCodeDecoder(
        Aten aten, AttentionHeads heads, Weights weights, AttentionFactory attention, boolean dropsResiduals) {
    private static final UniformDecoder NAMES = new UniformDecoder("transformer", "wte", "h", "ln_f");

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        AttentionHeads heads = architecture.attention();
        String table = NAMES.path() + ".wpe";
        PositionScheme positions = new DroppedPositions(
                aten,
                NAMES.path() + ".drop",
                new PositionTable(aten, table, weights.get(table + ".weight")),
                Gpt2Decoder.drops(architecture, "embd_pdrop"));
        boolean dropsResiduals = Gpt2Decoder.drops(architecture, "resid_pdrop");
        AttentionFactory attention = new AttentionFactory(
                aten,
                resolved,
                positions,
                new AttentionRules(true, false, Gpt2Decoder.drops(architecture, "attn_pdrop"), dropsResiduals, false)
                        .withOutputDropout("resid_dropout"));
        GptBigCodeDecoder decoder = new GptBigCodeDecoder(aten, heads, weights, attention, dropsResiduals);
        return NAMES.of(
                aten,
                resolved,
                weights,
                new LayerKind(heads.slidingWindow(), positions),
                decoder::layer,
                path -> decoder.norm(path)::forward);
    }

    private Layer layer(String path) {
        String attn = path + ".attn";
        String mlp = path + ".mlp";
        return new Gpt2Layer(
                aten,
                path,
                norm(path + ".ln_1"),
                attention.create(
                        attn,
                        new MultiQueryProjection(aten, heads, weights.linear(attn + ".c_attn")),
                        weights.linear(attn + ".c_proj")),
                norm(path + ".ln_2"),
                new Gpt2Mlp(
                        aten,
                        mlp,
                        weights.linear(mlp + ".c_fc"),
                        weights.linear(mlp + ".c_proj"),
                        aten::gelu,
                        dropsResiduals,
                        Optional.of("dropout")));
    }

    private LayerNorm norm(String path) {
        return LayerNorm.of(aten, path, weights);
    }
}
