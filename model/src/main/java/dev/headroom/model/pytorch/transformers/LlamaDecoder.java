package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.Extent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_llama.py}, LlamaModel; the same in mistral, qwen2, qwen3 and phi3. */
final class LlamaDecoder implements Decoder {
    private final Aten aten;
    private final Tensor embedding;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final RmsNorm norm;
    private final RotaryEmbedding rotary;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;
    /** Whether projections are fused, as in phi3. */
    private final boolean fused;

    LlamaDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        this.aten = aten;
        this.fused = architecture.modelType().equals("phi3");
        this.embedding = weights.get("model.embed_tokens.weight");
        this.rotary = fused
                ? RotaryEmbedding.passingTheRest(aten, architecture.attention().dimension())
                : new RotaryEmbedding(aten, architecture.attention().dimension());
        ScaledDotProductAttention kernels =
                new ScaledDotProductAttention(aten, resolved.computeCapability(), resolved.multiprocessors());
        for (int i = 0; i < architecture.layers(); i++) {
            layers.add(layer("model.layers." + i, resolved, weights, kernels));
        }
        this.norm = norm("model.norm", weights);
        this.causalMask = new CausalMask(
                aten.autograd(),
                resolved.job().attention(),
                resolved.job().batch().padded(),
                architecture.attention().slidingWindow());
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    private DecoderLayer layer(String path, ResolvedJob resolved, Weights weights, ScaledDotProductAttention kernels) {
        Attention attention = new Attention(
                aten,
                path + ".self_attn",
                resolved.architecture().attention(),
                resolved.job().attention(),
                kernels,
                rotary,
                inputs(path + ".self_attn", resolved, weights),
                weights.linear(path + ".self_attn.o_proj"));
        return new DecoderLayer(
                aten,
                path,
                norm(path + ".input_layernorm", weights),
                attention,
                norm(path + ".post_attention_layernorm", weights),
                mlp(path + ".mlp", weights));
    }

    private AttentionInputs inputs(String path, ResolvedJob resolved, Weights weights) {
        AttentionHeads heads = resolved.architecture().attention();
        if (fused) {
            return new FusedProjection(aten, heads, weights.linear(path + ".qkv_proj"));
        }
        return new SeparateProjections(
                aten,
                heads,
                weights.linear(path + ".q_proj"),
                weights.linear(path + ".k_proj"),
                weights.linear(path + ".v_proj"),
                UnaryOperator.identity(),
                headNorm(path + ".q_norm", weights),
                headNorm(path + ".k_norm", weights));
    }

    private Mlp mlp(String path, Weights weights) {
        LinearLayer down = weights.linear(path + ".down_proj");
        return fused
                ? new FusedGatedMlp(aten, path, weights.linear(path + ".gate_up_proj"), down)
                : new GatedMlp(
                        aten, path, weights.linear(path + ".gate_proj"), weights.linear(path + ".up_proj"), down);
    }

    private RmsNorm norm(String path, Weights weights) {
        return new RmsNorm(aten, path, weights.get(path + ".weight"));
    }

    private UnaryOperator<Tensor> headNorm(String path, Weights weights) {
        return weights.all().containsKey(path + ".weight") ? norm(path, weights)::forward : UnaryOperator.identity();
    }

    @Override
    public Tensor hiddenStates(Tensor ids, KeyValueCache cache) {
        Autograd autograd = aten.autograd();
        Extent batch = ids.shape().dimension(0);
        Extent sequence = ids.shape().dimension(1);
        try (Frame frame = autograd.enterModule("model")) {
            Tensor embeds = frame.let(aten.inModule("model.embed_tokens", ids, x -> aten.embedding(x, embedding)));
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
            for (DecoderLayer layer : layers) {
                hidden = frame.replace(
                        hidden, checkpointing.run(hidden, shared, x -> layer.forward(x, angles, mask, cache)));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }
}
