package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * Source: transformers 5.17, {@code modeling_gemma.py}, GemmaModel; {@code modeling_gemma2.py}, Gemma2Model;
 * {@code modeling_gemma3.py}, Gemma3TextModel.
 */
final class GemmaDecoder {
    private static final String PATH = "model";

    private final Aten aten;
    private final ResolvedJob resolved;
    private final Architecture architecture;
    private final Weights weights;
    private final LayerKind full;
    private final LayerKind sliding;

    private GemmaDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        this.aten = aten;
        this.resolved = resolved;
        this.architecture = resolved.architecture();
        this.weights = weights;
        PositionScheme positions =
                new RotaryEmbedding(aten, architecture.attention().dimension());
        boolean ownPositions = architecture.modelType().equals("gemma3_text");
        this.full = new LayerKind(OptionalLong.empty(), positions);
        this.sliding = new LayerKind(
                architecture.attention().slidingWindow(),
                ownPositions
                        ? new RotaryEmbedding(aten, architecture.attention().dimension())
                        : positions);
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        return new GemmaDecoder(aten, resolved, weights).decoder();
    }

    private Decoder decoder() {
        Family family = Family.of(architecture.modelType()).orElseThrow();
        List<DecoderStack.PlacedLayer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            LayerKind kind = family.slides(architecture, i) ? sliding : full;
            layers.add(new DecoderStack.PlacedLayer(layer(PATH + ".layers." + i, kind.positions()), kind));
        }
        Tensor table = weights.get(PATH + ".embed_tokens.weight");
        Tensor scale = weights.get(PATH + ".embed_tokens.embed_scale");
        boolean slides = !architecture.modelType().equals("gemma");
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.multiply(aten.embedding(ids, table), scale),
                        UnaryOperator.identity(),
                        slides ? List.of(full, sliding) : List.of(full),
                        layers,
                        norm(PATH + ".norm")::forward));
    }

    private Layer layer(String path, PositionScheme positions) {
        Attention attention = new AttentionFactory(aten, resolved, positions)
                .create(path + ".self_attn", inputs(path + ".self_attn"), weights.linear(path + ".self_attn.o_proj"));
        Mlp mlp = new GatedMlp(aten, path + ".mlp", aten::gelu, weights);
        GemmaRmsNorm inputNorm = norm(path + ".input_layernorm");
        GemmaRmsNorm postAttentionNorm = norm(path + ".post_attention_layernorm");
        if (architecture.modelType().equals("gemma")) {
            return new DecoderLayer(aten, path, inputNorm::forward, attention, postAttentionNorm::forward, mlp);
        }
        return new SandwichLayer(
                aten,
                path,
                inputNorm,
                attention,
                postAttentionNorm,
                norm(path + ".pre_feedforward_layernorm"),
                mlp,
                norm(path + ".post_feedforward_layernorm"));
    }

    private AttentionInputs inputs(String path) {
        AttentionInputs projections = SeparateProjections.of(aten, architecture.attention(), path, weights);
        return weights.all().containsKey(path + ".q_norm.weight")
                ? new HeadNorms(projections, norm(path + ".q_norm")::forward, norm(path + ".k_norm")::forward)
                : projections;
    }

    private GemmaRmsNorm norm(String path) {
        return new GemmaRmsNorm(aten, path, weights.get(path + ".weight"));
    }
}
