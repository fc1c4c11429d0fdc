package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.Mixture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.GroupedProducts;
import dev.headroom.model.pytorch.aten.Indexing;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_gpt_oss.py}, GptOssModel. */
record GptOssDecoder(
        Aten aten, Architecture architecture, Weights weights, AttentionFactory attention, GroupedProducts products) {
    private static final String PATH = "model";

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        PositionScheme positions =
                new HalvedRotaryEmbedding(aten, architecture.attention().dimension());
        GptOssDecoder decoder = new GptOssDecoder(
                aten,
                architecture,
                weights,
                new AttentionFactory(aten, resolved, positions),
                new GroupedProducts(aten, resolved.computeCapability(), resolved.multiprocessors()));
        Family family = Family.of(architecture.modelType()).orElseThrow();
        LayerKind full = new LayerKind(OptionalLong.empty(), positions);
        LayerKind sliding = new LayerKind(architecture.attention().slidingWindow(), positions);
        List<DecoderStack.PlacedLayer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            layers.add(new DecoderStack.PlacedLayer(
                    decoder.layer(PATH + ".layers." + i), family.slides(architecture, i) ? sliding : full));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        UnaryOperator.identity(),
                        List.of(full, sliding),
                        layers,
                        decoder.norm(PATH + ".norm")::forward));
    }

    private Layer layer(String path) {
        String self = path + ".self_attn";
        String mlp = path + ".mlp";
        return new GptOssLayer(
                aten,
                path,
                norm(path + ".input_layernorm"),
                attention.create(
                        self,
                        SeparateProjections.of(aten, architecture.attention(), self, weights),
                        weights.linear(self + ".o_proj"),
                        new AttentionWithSinks(aten, architecture.attention(), weights.get(self + ".sinks"))),
                norm(path + ".post_attention_layernorm"),
                new GptOssMlp(
                        aten,
                        mlp,
                        weights.parametric(mlp + ".router"),
                        Mixture.of(architecture).perToken(),
                        new Experts(
                                aten,
                                new Indexing(aten),
                                products,
                                weights.parametric(mlp + ".experts"),
                                Experts.Form.INTERLEAVED_WITH_BIAS)));
    }

    private RmsNorm norm(String path) {
        return RmsNorm.castingLast(aten, path, weights.get(path + ".weight"));
    }
}
