package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.ExpertGroups;
import dev.headroom.model.architecture.LatentAttention;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.GroupedProducts;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_deepseek_v3.py}, DeepseekV3Model. */
final class DeepseekV3Decoder {
    private static final String PATH = "model";

    private final Aten aten;
    private final Architecture architecture;
    private final LatentAttention latent;
    private final Mixture mixture;
    private final Weights weights;
    private final PositionScheme positions;
    private final AttentionFactory attention;
    private final Indexing indexing;
    private final GroupedProducts products;

    private DeepseekV3Decoder(Aten aten, ResolvedJob resolved, Weights weights) {
        this.aten = aten;
        this.architecture = resolved.architecture();
        this.latent = LatentAttention.of(architecture);
        this.mixture = Mixture.of(architecture);
        this.weights = weights;
        RotaryEmbedding tables = new RotaryEmbedding(aten, latent.turned());
        this.positions = architecture.flag("rope_interleave", true) ? new PairRotation(aten, tables) : tables;
        this.attention = new AttentionFactory(aten, resolved, positions);
        this.indexing = new Indexing(aten);
        this.products = new GroupedProducts(aten, resolved.computeCapability(), resolved.multiprocessors());
    }

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        DeepseekV3Decoder decoder = new DeepseekV3Decoder(aten, resolved, weights);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < resolved.architecture().layers(); i++) {
            layers.add(decoder.layer(i));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        new LayerKind(OptionalLong.empty(), decoder.positions),
                        layers,
                        decoder.norm(PATH + ".norm")::forward));
    }

    private Layer layer(int index) {
        String path = PATH + ".layers." + index;
        String mlp = path + ".mlp";
        return new DecoderLayer(
                aten,
                path,
                norm(path + ".input_layernorm")::forward,
                attention.create(
                        path + ".self_attn", operands(path + ".self_attn"), weights.linear(path + ".self_attn.o_proj")),
                norm(path + ".post_attention_layernorm")::forward,
                mixture.isSparse(index) ? sparse(mlp) : dense(mlp));
    }

    private AttentionOperands operands(String path) {
        return new LatentProjections(
                aten,
                architecture.attention().query(),
                latent,
                positions,
                query(path),
                weights.linear(path + ".kv_a_proj_with_mqa"),
                norm(path + ".kv_a_layernorm"),
                weights.linear(path + ".kv_b_proj"));
    }

    private UnaryOperator<Tensor> query(String path) {
        if (latent.queryRank().isEmpty()) {
            return weights.linear(path + ".q_proj")::forward;
        }
        LinearLayer down = weights.linear(path + ".q_a_proj");
        RmsNorm norm = norm(path + ".q_a_layernorm");
        LinearLayer up = weights.linear(path + ".q_b_proj");
        return hidden -> up.forward(norm.forward(down.forward(hidden)));
    }

    private Mlp sparse(String path) {
        String gate = path + ".gate";
        return new SharedExpertsMlp(
                aten,
                path,
                new GroupRouter(
                        aten,
                        indexing,
                        weights.parametric(gate),
                        weights.get(gate + ".e_score_correction_bias"),
                        mixture,
                        ExpertGroups.of(architecture)),
                new Experts(aten, indexing, products, weights.parametric(path + ".experts"), Experts.Form.HALVES),
                dense(path + ".shared_experts"));
    }

    private Mlp dense(String path) {
        return new GatedMlp(aten, path, aten::silu, weights);
    }

    private RmsNorm norm(String path) {
        return new RmsNorm(aten, path, weights.get(path + ".weight"));
    }
}
