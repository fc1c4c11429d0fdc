package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;

/** Source: transformers 5.17, {@code modeling_opt.py}, OPTDecoder. */
record OptDecoder(Aten aten, AttentionHeads heads, Weights weights, AttentionFactory attention, boolean drops) {
    private static final UniformDecoder NAMES =
            new UniformDecoder("model.decoder", "embed_tokens", "layers", "final_layer_norm");
    private static final double STANDARD_DROPOUT = 0.1;

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        AttentionHeads heads = architecture.attention();
        String table = NAMES.path() + ".embed_positions";
        PositionScheme positions = new LearnedPositions(aten, table, weights.get(table + ".weight"));
        boolean drops = architecture.decimal("dropout", STANDARD_DROPOUT) > 0;
        OptDecoder decoder =
                new OptDecoder(aten, heads, weights, new AttentionFactory(aten, resolved, positions), drops);
        return NAMES.of(
                aten,
                resolved,
                weights,
                new LayerKind(heads.slidingWindow(), positions),
                decoder::layer,
                path -> decoder.norm(path)::forward);
    }

    private Layer layer(String path) {
        String self = path + ".self_attn";
        return new OptLayer(
                aten,
                path,
                norm(path + ".self_attn_layer_norm"),
                attention.create(
                        self,
                        SeparateProjections.of(aten, heads, self, weights).scaling(aten::scale),
                        weights.linear(self + ".out_proj")),
                norm(path + ".final_layer_norm"),
                weights.linear(path + ".fc1"),
                weights.linear(path + ".fc2"),
                drops);
    }

    private LayerNorm norm(String path) {
        return LayerNorm.of(aten, path, weights);
    }
}
