package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.job.Routing;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.GroupedProducts;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * Source: transformers 5.17, {@code modeling_olmoe.py}, OlmoeModel; {@code modeling_qwen2_moe.py}, Qwen2MoeModel;
 * {@code modeling_qwen3_moe.py}, Qwen3MoeModel; {@code modeling_mixtral.py}, MixtralModel.
 */
final class MixtureDecoder {
    private static final String PATH = "model";
    /** Makes masks for full and for sliding attention in any case; without a window it slides over no token at all. */
    private static final String MODEL_OF_TWO_KINDS = "qwen2_moe";

    private final Aten aten;
    private final Architecture architecture;
    private final Mixture mixture;
    private final Routing routing;
    private final Weights weights;
    private final PositionScheme positions;
    private final AttentionFactory attention;
    private final Indexing indexing;
    private final GroupedProducts products;

    private MixtureDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        this.aten = aten;
        this.architecture = resolved.architecture();
        this.mixture = Mixture.of(architecture);
        this.routing = resolved.routing();
        this.weights = weights;
        this.positions = new RotaryEmbedding(aten, architecture.attention().dimension());
        this.attention = new AttentionFactory(aten, resolved, positions);
        this.indexing = new Indexing(aten);
        this.products = new GroupedProducts(aten, resolved.computeCapability(), resolved.multiprocessors());
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        MixtureDecoder decoder = new MixtureDecoder(aten, resolved, weights);
        Architecture architecture = resolved.architecture();
        Family family = Family.of(architecture.modelType()).orElseThrow();
        OptionalLong window = architecture.attention().slidingWindow();
        LayerKind full = new LayerKind(OptionalLong.empty(), decoder.positions);
        LayerKind sliding = new LayerKind(window, decoder.positions);
        List<LayerKind> kinds = List.of(window.isPresent() ? sliding : full);
        if (architecture.modelType().equals(MODEL_OF_TWO_KINDS)) {
            sliding = window.isPresent() ? sliding : new LayerKind(OptionalLong.of(0), decoder.positions);
            kinds = List.of(full, sliding);
        }
        List<DecoderStack.PlacedLayer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            layers.add(new DecoderStack.PlacedLayer(decoder.layer(i), family.slides(architecture, i) ? sliding : full));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        UnaryOperator.identity(),
                        kinds,
                        layers,
                        decoder.norm(PATH + ".norm")::forward));
    }

    private Layer layer(int index) {
        String path = PATH + ".layers." + index;
        Mlp mlp = mixture.separate()
                ? separate(path + ".block_sparse_moe")
                : mixture.isSparse(index) ? sparse(path + ".mlp") : dense(path + ".mlp");
        return new DecoderLayer(
                aten,
                path,
                norm(path + ".input_layernorm")::forward,
                attention.create(
                        path + ".self_attn", inputs(path + ".self_attn"), weights.linear(path + ".self_attn.o_proj")),
                norm(path + ".post_attention_layernorm")::forward,
                mlp);
    }

    private AttentionInputs inputs(String path) {
        if (architecture.modelType().equals("olmoe")) {
            return new NormedProjections(
                    aten,
                    architecture.attention(),
                    weights.linear(path + ".q_proj"),
                    norm(path + ".q_norm"),
                    weights.linear(path + ".k_proj"),
                    norm(path + ".k_norm"),
                    weights.linear(path + ".v_proj"));
        }
        return SeparateProjections.of(aten, architecture.attention(), path, weights)
                .norming(headNorm(path + ".q_norm"), headNorm(path + ".k_norm"));
    }

    private Mlp separate(String path) {
        List<Mlp> experts = new ArrayList<>();
        for (long i = 0; i < mixture.experts(); i++) {
            experts.add(new GatedMlp(aten, path + ".experts." + i, aten::silu, weights, "w1", "w3", "w2"));
        }
        return new ExpertLoop(aten, path, indexing, mixture, routing, weights.linear(path + ".gate"), experts);
    }

    private Mlp sparse(String path) {
        SparseMlp.Shared shared = mixture.sharedSize() > 0
                ? new SparseMlp.Shared(dense(path + ".shared_expert"), weights.linear(path + ".shared_expert_gate"))
                : null;
        return new SparseMlp(
                aten,
                path,
                new Router(
                        aten,
                        weights.parametric(path + ".gate"),
                        mixture,
                        architecture.modelType().equals("mixtral")),
                new Experts(aten, indexing, products, weights.parametric(path + ".experts"), Experts.Form.HALVES),
                shared);
    }

    private Mlp dense(String path) {
        return new GatedMlp(aten, path, aten::silu, weights);
    }

    private UnaryOperator<Tensor> headNorm(String path) {
        return weights.all().containsKey(path + ".weight") ? norm(path)::forward : UnaryOperator.identity();
    }

    private RmsNorm norm(String path) {
        return new RmsNorm(aten, path, weights.get(path + ".weight"));
    }
}
