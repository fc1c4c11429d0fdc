package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;

/** Source: transformers 5.17, {@code modeling_starcoder2.py}, Starcoder2Model. */
record Starcoder2Decoder(
        Aten aten, AttentionHeads heads, Weights weights, AttentionFactory attention, boolean dropsResiduals) {
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
        Starcoder2Decoder decoder = new Starcoder2Decoder(aten, heads, weights, attention, dropsResiduals);
        return UniformDecoder.LIKE_LLAMA.of(
                aten,
                resolved,
                weights,
                new LayerKind(heads.slidingWindow(), positions),
                decoder::layer,
                path -> decoder.norm(path)::forward);
    }

    private static boolean drops(Architecture architecture, String setting) {
        return architecture.decimal(setting, 0) > 0;
    }

    private Layer layer(String path) {
        String self = path + ".self_attn";
        String mlp = path + ".mlp";
        return new DecoderLayer(
                aten,
                path,
                norm(path + ".input_layernorm")::forward,
                attention.create(
                        self, SeparateProjections.of(aten, heads, self, weights), weights.linear(self + ".o_proj")),
                norm(path + ".post_attention_layernorm")::forward,
                new Gpt2Mlp(
                        aten,
                        mlp,
                        weights.linear(mlp + ".c_fc"),
                        weights.linear(mlp + ".c_proj"),
                        aten::gelu,
                        dropsResiduals));
    }

    private LayerNorm norm(String path) {
        return LayerNorm.of(aten, path, weights);
    }
}
