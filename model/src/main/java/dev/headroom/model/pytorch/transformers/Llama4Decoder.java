package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Llama4Layers;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_llama4.py}, Llama4TextModel. */
record Llama4Decoder(
        Aten aten,
        Architecture architecture,
        Llama4Layers layers,
        Weights weights,
        PositionScheme positions,
        AttentionFactory attention) {
    private static final String PATH = "model";

    static Decoder of(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        Llama4Layers kinds = new Llama4Layers(architecture);
        PositionScheme positions =
                new ComplexRotation(aten, architecture.attention().dimension());
        Llama4Decoder decoder = new Llama4Decoder(
                aten, architecture, kinds, weights, positions, new AttentionFactory(aten, resolved, positions));
        LayerKind full = new LayerKind(OptionalLong.empty(), positions);
        LayerKind chunked = new LayerKind(OptionalLong.of(kinds.chunk()), positions, true);
        List<DecoderStack.PlacedLayer> layers = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            layers.add(new DecoderStack.PlacedLayer(decoder.layer(i), kinds.isChunked(i) ? chunked : full));
        }
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        PATH,
                        "embed_tokens",
                        ids -> aten.embedding(ids, weights.get(PATH + ".embed_tokens.weight")),
                        UnaryOperator.identity(),
                        List.of(full, chunked),
                        layers,
                        decoder.norm(PATH + ".norm")::forward));
    }

    private Layer layer(int index) {
        String path = PATH + ".layers." + index;
        String self = path + ".self_attn";
        return new Llama4Layer(
                aten,
                path,
                norm(path + ".input_layernorm"),
                attention.create(
                        self,
                        operands(self, layers.isRotary(index)),
                        weights.linear(self + ".o_proj"),
                        new EagerAttentionInOwnType(aten, architecture.attention())),
                norm(path + ".post_attention_layernorm"),
                feedForward(path + ".feed_forward", layers.isSparse(index)));
    }

    private AttentionOperands operands(String path, boolean rotary) {
        return new Llama4Operands(
                aten,
                architecture.attention(),
                weights.linear(path + ".q_proj"),
                weights.linear(path + ".k_proj"),
                weights.linear(path + ".v_proj"),
                rotary ? positions : null,
                layers.normsHeads() ? new Llama4Norm(aten, path + ".qk_norm", null) : null,
                layers.temperatureTuned());
    }

    private Llama4Layer.FeedForward feedForward(String path, boolean sparse) {
        if (!sparse) {
            Mlp dense = new GatedMlp(aten, path, aten::silu, weights);
            return x -> new Llama4Layer.Result(dense.forward(x), null);
        }
        return new Llama4Moe(
                aten,
                path,
                weights.parametric(path + ".experts"),
                weights.linear(path + ".router"),
                layers.perToken(),
                new GatedMlp(aten, path + ".shared_expert", aten::silu, weights));
    }

    private Llama4Norm norm(String path) {
        return new Llama4Norm(aten, path, weights.get(path + ".weight"));
    }
}
