package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;

/** Source: transformers 5.17, {@code modeling_gpt_neox.py}, GPTNeoXModel. */
record GptNeoXDecoder(Aten aten, AttentionHeads heads, Weights weights, AttentionFactory attention) {
    private static final UniformDecoder NAMES =
            new UniformDecoder("gpt_neox", "embed_in", "layers", "final_layer_norm");

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        AttentionHeads heads = architecture.attention();
        PositionScheme positions = RotaryEmbedding.ofPart(
                aten,
                NAMES.path(),
                Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture));
        GptNeoXDecoder decoder =
                new GptNeoXDecoder(aten, heads, weights, new AttentionFactory(aten, resolved, positions));
        return NAMES.of(
                aten,
                resolved,
                weights,
                new LayerKind(heads.slidingWindow(), positions),
                decoder::layer,
                path -> decoder.norm(path)::forward);
    }

    private Layer layer(String path) {
        String self = path + ".attention";
        return new GptNeoXLayer(
                aten,
                path,
                norm(path + ".input_layernorm"),
                norm(path + ".post_attention_layernorm"),
                attention.create(
                        self,
                        new InterleavedProjection(aten, heads, weights.linear(self + ".query_key_value")),
                        weights.linear(self + ".dense")),
                weights.linear(path + ".mlp.dense_h_to_4h"),
                weights.linear(path + ".mlp.dense_4h_to_h"));
    }

    private LayerNorm norm(String path) {
        return LayerNorm.of(aten, path, weights);
    }
}
