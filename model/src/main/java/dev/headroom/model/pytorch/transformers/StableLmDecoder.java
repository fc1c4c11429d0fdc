package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_stablelm.py}, StableLmModel. */
record StableLmDecoder(Aten aten, Architecture architecture, Weights weights, AttentionFactory attention) {
    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions = RotaryEmbedding.ofPartNamedByAttention(
                aten, Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture));
        StableLmDecoder decoder =
                new StableLmDecoder(aten, architecture, weights, new AttentionFactory(aten, resolved, positions));
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
        Attention attending = attention.create(self, inputs(self), weights.linear(self + ".o_proj"));
        Mlp mlp = new GatedMlp(aten, path + ".mlp", aten::silu, weights);
        LayerNorm inputNorm = norm(path + ".input_layernorm");
        return architecture.flag("use_parallel_residual", false)
                ? new ParallelLayer(
                        aten,
                        path,
                        inputNorm::forward,
                        attending,
                        mlp,
                        UnaryOperator.identity(),
                        ParallelLayer.Sum.RESIDUAL_FIRST)
                : new StableLmLayer(aten, path, inputNorm, attending, norm(path + ".post_attention_layernorm"), mlp);
    }

    private AttentionInputs inputs(String path) {
        AttentionHeads heads = architecture.attention();
        AttentionInputs projections =
                ProjectionsInStages.of(aten, heads, path, weights, ProjectionsInStages.Splits.ALL_AT_LAST);
        if (!architecture.flag("qk_layernorm", false)) {
            return projections;
        }
        NormsPerHead queries = NormsPerHead.of(aten, path + ".q_layernorm", heads.query(), weights);
        NormsPerHead keys = NormsPerHead.of(aten, path + ".k_layernorm", heads.keyValue(), weights);
        return new HeadNorms(projections, queries::forward, keys::forward);
    }

    private LayerNorm norm(String path) {
        return LayerNorm.of(aten, path, weights);
    }
}
