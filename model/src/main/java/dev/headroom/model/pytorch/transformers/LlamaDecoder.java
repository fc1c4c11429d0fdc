package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_llama.py}, LlamaModel; the same in mistral, qwen2, qwen3, phi3 and granite. */
final class LlamaDecoder {
    private static final String PATH = "model";
    private static final Set<String> MODELS_OF_SEVERAL_KINDS = Set.of("qwen2", "qwen3");

    private final Aten aten;
    private final AttentionHeads heads;
    private final Weights weights;
    private final AttentionFactory attention;
    private final PositionScheme positions;
    private final OptionalInt mlpTiles;
    /** Whether projections are fused, as in phi3. */
    private final boolean fused;
    /** The multiplication by a number that granite has after its embedding and on each branch, even if that is 1. */
    private final UnaryOperator<Tensor> multiplier;
    /** That, or the dropout of phi3. */
    private final UnaryOperator<Tensor> branch;

    private LlamaDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        this.aten = aten;
        this.heads = architecture.attention();
        this.weights = weights;
        this.mlpTiles = resolved.job().mlpTiles();
        this.fused = architecture.modelType().equals("phi3");
        this.multiplier = architecture.modelType().equals("granite") ? aten::scale : UnaryOperator.identity();
        this.branch = fused && architecture.decimal("resid_pdrop", 0) > 0 ? aten::dropout : multiplier;
        this.positions = fused
                ? RotaryEmbedding.passingTheRest(
                        aten, Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture))
                : new RotaryEmbedding(aten, heads.dimension());
        AttentionRules rules = AttentionRules.of(architecture, resolved.job().stack());
        this.attention = new AttentionFactory(
                aten,
                resolved,
                positions,
                fused && architecture.decimal("attention_dropout", 0) > 0 ? rules.droppingProbabilities() : rules);
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        LlamaDecoder decoder = new LlamaDecoder(aten, resolved, weights);
        Architecture architecture = resolved.architecture();
        Family family = Family.of(architecture.modelType()).orElseThrow();
        LayerKind full = new LayerKind(OptionalLong.empty(), decoder.positions);
        LayerKind sliding = new LayerKind(architecture.attention().slidingWindow(), decoder.positions);
        List<DecoderStack.PlacedLayer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            LayerKind kind = family.slides(architecture, i) ? sliding : full;
            layers.add(new DecoderStack.PlacedLayer(decoder.layer(PATH + ".layers." + i), kind));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        decoder.multiplier,
                        kinds(architecture, full, sliding),
                        layers,
                        decoder.norm(PATH + ".norm")::forward));
    }

    /** Models whose layers may differ make the mask of full attention in any case. */
    private static List<LayerKind> kinds(Architecture architecture, LayerKind full, LayerKind sliding) {
        if (sliding.slidingWindow().isEmpty()) {
            return List.of(full);
        }
        boolean mayDiffer = MODELS_OF_SEVERAL_KINDS.contains(architecture.modelType());
        return mayDiffer ? List.of(full, sliding) : List.of(sliding);
    }

    private Layer layer(String path) {
        return new DecoderLayer(
                aten,
                path,
                norm(path + ".input_layernorm")::forward,
                attention.create(
                        path + ".self_attn", inputs(path + ".self_attn"), weights.linear(path + ".self_attn.o_proj")),
                norm(path + ".post_attention_layernorm")::forward,
                mlp(path + ".mlp"),
                branch);
    }

    private AttentionInputs inputs(String path) {
        if (fused) {
            return new FusedProjection(aten, heads, weights.linear(path + ".qkv_proj"));
        }
        return SeparateProjections.of(aten, heads, path, weights)
                .norming(headNorm(path + ".q_norm"), headNorm(path + ".k_norm"));
    }

    private Mlp mlp(String path) {
        if (mlpTiles.isPresent()) {
            return new TiledMlp(aten, path, mlpTiles.getAsInt(), weights);
        }
        LinearLayer down = weights.linear(path + ".down_proj");
        return fused
                ? new FusedGatedMlp(aten, path, weights.linear(path + ".gate_up_proj"), down)
                : new GatedMlp(aten, path, aten::silu, weights);
    }

    private RmsNorm norm(String path) {
        return new RmsNorm(aten, path, weights.get(path + ".weight"));
    }

    private UnaryOperator<Tensor> headNorm(String path) {
        return weights.all().containsKey(path + ".weight") ? norm(path)::forward : UnaryOperator.identity();
    }
}
