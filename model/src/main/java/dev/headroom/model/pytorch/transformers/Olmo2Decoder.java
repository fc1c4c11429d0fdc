package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.OptionalLong;

/** Source: transformers 5.17, {@code modeling_olmo2.py}, Olmo2Model. */
record Olmo2Decoder(Aten aten, Architecture architecture, Weights weights, AttentionFactory attention) {
    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions =
                RotaryEmbedding.withWideTables(aten, architecture.attention().dimension());
        Olmo2Decoder decoder =
                new Olmo2Decoder(aten, architecture, weights, new AttentionFactory(aten, resolved, positions));
        return UniformDecoder.LIKE_LLAMA.of(
                aten,
                resolved,
                weights,
                new LayerKind(OptionalLong.empty(), positions),
                decoder::layer,
                path -> decoder.norm(path)::forward);
    }

    private Layer layer(String path) {
        String self = path + ".self_attn";
        String mlp = path + ".mlp";
        return new PostNormLayer(
                aten,
                path,
                attention.create(
                        self,
                        new NormedProjections(
                                aten,
                                architecture.attention(),
                                weights.linear(self + ".q_proj"),
                                norm(self + ".q_norm"),
                                weights.linear(self + ".k_proj"),
                                norm(self + ".k_norm"),
                                weights.linear(self + ".v_proj")),
                        weights.linear(self + ".o_proj")),
                norm(path + ".post_attention_layernorm"),
                new GatedMlp(aten, mlp, aten::silu, weights),
                norm(path + ".post_feedforward_layernorm"));
    }

    private RmsNorm norm(String path) {
        return RmsNorm.castingLast(aten, path, weights.get(path + ".weight"));
    }
}
