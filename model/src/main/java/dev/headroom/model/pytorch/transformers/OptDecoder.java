package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;

/** Source: transformers 5.17, {@code modeling_opt.py}, OPTDecoder. */
final class OptDecoder {
    private static final String PATH = "model.decoder";
    private static final double STANDARD_DROPOUT = 0.1;

    private OptDecoder() {}

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        String table = PATH + ".embed_positions";
        PositionScheme positions = new LearnedPositions(aten, table, weights.get(table + ".weight"));
        AttentionFactory attention = new AttentionFactory(aten, resolved, positions);
        boolean drops = architecture.decimal("dropout", STANDARD_DROPOUT) > 0;
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".layers." + i;
            layers.add(new OptLayer(
                    aten,
                    path,
                    LayerNorm.of(aten, path + ".self_attn_layer_norm", weights),
                    attention.create(
                            path + ".self_attn",
                            inputs(aten, architecture, path + ".self_attn", weights),
                            weights.linear(path + ".self_attn.out_proj")),
                    LayerNorm.of(aten, path + ".final_layer_norm", weights),
                    weights.linear(path + ".fc1"),
                    weights.linear(path + ".fc2"),
                    drops));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        new LayerKind(architecture.attention().slidingWindow(), positions),
                        layers,
                        LayerNorm.of(aten, PATH + ".final_layer_norm", weights)::forward));
    }

    private static AttentionInputs inputs(Aten aten, Architecture architecture, String path, Weights weights) {
        return SeparateProjections.of(aten, architecture.attention(), path, weights)
                .scaling(aten::scale);
    }
}
