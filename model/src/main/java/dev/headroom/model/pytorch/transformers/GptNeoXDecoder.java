package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;

/** Source: transformers 5.17, {@code modeling_gpt_neox.py}, GPTNeoXModel. */
final class GptNeoXDecoder {
    private static final String PATH = "gpt_neox";

    private GptNeoXDecoder() {}

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions = RotaryEmbedding.ofPart(
                aten, PATH, Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture));
        AttentionFactory attention = new AttentionFactory(aten, resolved, positions);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            String path = PATH + ".layers." + i;
            layers.add(new GptNeoXLayer(
                    aten,
                    path,
                    LayerNorm.of(aten, path + ".input_layernorm", weights),
                    LayerNorm.of(aten, path + ".post_attention_layernorm", weights),
                    attention.create(
                            path + ".attention",
                            new InterleavedProjection(
                                    aten,
                                    architecture.attention(),
                                    weights.linear(path + ".attention.query_key_value")),
                            weights.linear(path + ".attention.dense")),
                    weights.linear(path + ".mlp.dense_h_to_4h"),
                    weights.linear(path + ".mlp.dense_4h_to_h")));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_in",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_in.weight")),
                        new LayerKind(architecture.attention().slidingWindow(), positions),
                        layers,
                        LayerNorm.of(aten, PATH + ".final_layer_norm", weights)::forward));
    }
}
