package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Source: transformers 5.17, {@code modeling_opt.py}, OPTDecoder. */
final class OptDecoder implements Decoder {
    private static final String ROOT = "model.decoder";
    private static final double STANDARD_DROPOUT = 0.1;

    private final Aten aten;
    private final Tensor embedding;
    private final Tensor positionEmbedding;
    private final List<OptLayer> layers = new ArrayList<>();
    private final LayerNorm norm;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;

    OptDecoder(Aten aten, ResolvedJob resolved, Weights weights) {
        Architecture architecture = resolved.architecture();
        this.aten = aten;
        this.embedding = weights.get(ROOT + ".embed_tokens.weight");
        this.positionEmbedding = weights.get(ROOT + ".embed_positions.weight");
        ScaledDotProductAttention kernels =
                new ScaledDotProductAttention(aten, resolved.computeCapability(), resolved.multiprocessors());
        double dropout = architecture.settings().get("dropout") instanceof Number number
                ? number.doubleValue()
                : STANDARD_DROPOUT;
        for (int i = 0; i < architecture.layers(); i++) {
            layers.add(layer(ROOT + ".layers." + i, resolved, weights, kernels, dropout > 0));
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

    private OptLayer layer(
            String path, ResolvedJob resolved, Weights weights, ScaledDotProductAttention kernels, boolean drops) {
        Attention attention = new Attention(
                aten,
                path + ".self_attn",
                resolved.architecture().attention(),
                resolved.job().attention(),
                kernels,
                null,
                new SeparateProjections(
                        aten,
                        resolved.architecture().attention(),
                        weights.linear(path + ".self_attn.q_proj"),
                        weights.linear(path + ".self_attn.k_proj"),
                        weights.linear(path + ".self_attn.v_proj"),
                        aten::scale,
                        UnaryOperator.identity(),
                        UnaryOperator.identity()),
                weights.linear(path + ".self_attn.out_proj"));
        return new OptLayer(
                aten,
                path,
                norm(path + ".self_attn_layer_norm", weights),
                attention,
                norm(path + ".final_layer_norm", weights),
                weights.linear(path + ".fc1"),
                weights.linear(path + ".fc2"),
                drops);
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
            Tensor embeds = frame.let(aten.inModule(ROOT + ".embed_tokens", ids, x -> aten.embedding(x, embedding)));
            checkpointing.prepare(embeds);
            Tensor positions = frame.let(positions(ids));
            Tensor mask = causalMask
                    .create(batch, sequence, embeds.dtype())
                    .map(frame::let)
                    .orElse(null);
            Tensor positionEmbeds = frame.let(embeddedPositions(positions));
            List<Tensor> shared = new ArrayList<>(List.of(positions));
            if (mask != null) {
                shared.add(mask);
            }
            Tensor hidden = frame.let(aten.add(embeds, positionEmbeds));
            for (OptLayer layer : layers) {
                hidden = frame.replace(hidden, checkpointing.run(hidden, shared, x -> layer.forward(x, mask, cache)));
            }
            hidden = frame.replace(hidden, norm.forward(hidden));
            return frame.returning(hidden);
        }
    }

    /** {@code torch.cumsum(attention_mask, dim=1) * attention_mask - 1}. */
    private Tensor positions(Tensor ids) {
        Autograd autograd = aten.autograd();
        Tensor sum = autograd.allocate(ids.shape(), DType.INT64, "aten::cumsum");
        Tensor product = autograd.allocate(ids.shape(), DType.INT64, "aten::mul");
        Tensor positions = autograd.allocate(ids.shape(), DType.INT64, "aten::sub");
        autograd.useUp(product);
        autograd.useUp(sum);
        return positions;
    }

    private Tensor embeddedPositions(Tensor positions) {
        Autograd autograd = aten.autograd();
        try (Frame frame = autograd.enterModule(ROOT + ".embed_positions")) {
            Tensor shifted = frame.let(autograd.allocate(positions.shape(), DType.INT64, "aten::add"));
            return aten.embedding(shifted, positionEmbedding);
        }
    }
}
