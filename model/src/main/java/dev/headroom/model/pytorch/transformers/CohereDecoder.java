package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_cohere.py}, CohereModel. */
record CohereDecoder(Aten aten, Architecture architecture, Weights weights, AttentionFactory attention) {
    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions = RotaryEmbedding.ofWideQueriesAndKeys(
                aten, architecture.attention().dimension());
        CohereDecoder decoder =
                new CohereDecoder(aten, architecture, weights, new AttentionFactory(aten, resolved, positions));
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
        return new ParallelLayer(
                aten,
                path,
                norm(path + ".input_layernorm")::forward,
                attention.create(self, inputs(self), weights.linear(self + ".o_proj")),
                new GatedMlp(aten, path + ".mlp", aten::silu, weights),
                UnaryOperator.identity(),
                ParallelLayer.Sum.RESIDUAL_FIRST);
    }

    private AttentionInputs inputs(String path) {
        ProjectionsInStages projections =
                ProjectionsInStages.of(aten, architecture.attention(), path, weights, ProjectionsInStages.Splits.EACH);
        return architecture.flag("use_qk_norm", false)
                ? projections.norming(norm(path + ".q_norm")::forward, norm(path + ".k_norm")::forward)
                : projections;
    }

    private CohereLayerNorm norm(String path) {
        return new CohereLayerNorm(aten, path, weights.get(path + ".weight"));
    }
}
