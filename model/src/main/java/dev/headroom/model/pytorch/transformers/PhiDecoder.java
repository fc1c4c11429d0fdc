package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_phi.py}, PhiModel. */
record PhiDecoder(
        Aten aten,
        Architecture architecture,
        Weights weights,
        AttentionFactory attention,
        UnaryOperator<Tensor> branch) {
    private static final UniformDecoder NAMES =
            new UniformDecoder("model", "embed_tokens", "layers", "final_layernorm");

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions = RotaryEmbedding.ofPartNamedByAttention(
                aten, Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture));
        AttentionRules rules =
                new AttentionRules(true, false, architecture.decimal("attention_dropout", 0) > 0, false, false);
        PhiDecoder decoder = new PhiDecoder(
                aten,
                architecture,
                weights,
                new AttentionFactory(aten, resolved, positions, rules),
                architecture.decimal("resid_pdrop", 0) > 0 ? aten::dropout : UnaryOperator.identity());
        return NAMES.of(
                aten,
                resolved,
                weights,
                new LayerKind(OptionalLong.empty(), positions),
                decoder::layer,
                path -> LayerNorm.of(aten, path, weights)::forward);
    }

    private Layer layer(String path) {
        String self = path + ".self_attn";
        String mlp = path + ".mlp";
        return new ParallelLayer(
                aten,
                path,
                LayerNorm.of(aten, path + ".input_layernorm", weights)::forward,
                attention.create(
                        self,
                        SeparateProjections.of(aten, architecture.attention(), self, weights),
                        weights.linear(self + ".dense")),
                new Gpt2Mlp(
                        aten,
                        mlp,
                        weights.linear(mlp + ".fc1"),
                        weights.linear(mlp + ".fc2"),
                        x -> Gpt2Mlp.newGelu(aten, x),
                        false),
                branch,
                ParallelLayer.Sum.RESIDUAL_LAST);
    }
}
