package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.Extent;
import java.util.ArrayList;
import java.util.List;

/** Source: transformers 5.17, {@code modeling_gpt_neox.py}, GPTNeoXModel. */
final class GptNeoXDecoder implements Decoder {
    private static final String ROOT = "gpt_neox";

    private final Aten aten;
    private final Tensor embedding;
    private final List<GptNeoXLayer> layers = new ArrayList<>();
    private final LayerNorm norm;
    private final RotaryEmbedding rotary;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;

    GptNeoXDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        this.aten = aten;
        this.embedding = weights.get(ROOT + ".embed_in.weight");
        this.rotary = RotaryEmbedding.ofPart(
                aten, ROOT, Family.of(architecture.modelType()).orElseThrow().rotaryDimension(architecture));
        ScaledDotProductAttention kernels =
                new ScaledDotProductAttention(aten, resolved.computeCapability(), resolved.multiprocessors());
        for (int i = 0; i < architecture.layers(); i++) {
            String path = ROOT + ".layers." + i;
            layers.add(new GptNeoXLayer(
                    aten,
                    path,
                    norm(path + ".input_layernorm", weights),
                    norm(path + ".post_attention_layernorm", weights),
                    new Attention(
                            aten,
                            path + ".attention",
                            architecture.attention(),
                            resolved.job().attention(),
                            kernels,
                            rotary,
                            new InterleavedProjection(
                                    aten,
                                    architecture.attention(),
                                    weights.linear(path + ".attention.query_key_value")),
                            weights.linear(path + ".attention.dense")),
                    weights.linear(path + ".mlp.dense_h_to_4h"),
                    weights.linear(path + ".mlp.dense_4h_to_h")));
        }
        this.norm = norm(ROOT + ".final_layer_norm", weights);
        this.causalMask = new CausalMask(
                aten.autograd(),
                resolved.job().attention(),
                resolved.job().batch().padded(),
                architecture.attention().slidingWindow());
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    private LayerNorm norm(String path, Weights weights) {
        return new LayerNorm(aten, path, weights.get(path + ".weight"), weights.get(path + ".bias"));
    }

    @Override
    public Tensor hiddenStates(Tensor ids, KeyValueCache cache) {
        Autograd autograd = aten.autograd();
        Extent batch = ids.shape().dimension(0);
        Extent sequence = ids.shape().dimension(1);
        try (Frame frame = autograd.enterModule(ROOT)) {
            Tensor embeds = frame.let(aten.inModule(ROOT + ".embed_in", ids, x -> aten.embedding(x, embedding)));
            checkpointing.prepare(embeds);
            Tensor positions = frame.let(Positions.of(autograd, sequence));
            Tensor mask = causalMask
                    .create(batch, sequence, embeds.dtype())
                    .map(frame::let)
                    .orElse(null);
            RotaryEmbedding.Angles angles = rotary.angles(sequence, embeds.dtype());
            frame.let(angles.cos());
            frame.let(angles.sin());
            List<Tensor> shared = new ArrayList<>(List.of(angles.cos(), angles.sin(), positions));
            if (mask != null) {
                shared.add(mask);
            }
            Tensor hidden = frame.let(embeds);
            for (GptNeoXLayer layer : layers) {
                hidden = frame.replace(
                        hidden, checkpointing.run(hidden, shared, x -> layer.forward(x, angles, mask, cache)));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }
}
