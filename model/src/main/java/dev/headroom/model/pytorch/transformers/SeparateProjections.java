package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.pytorch.nn.Weights;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.function.UnaryOperator;

/**
 * A projection each for queries, keys and values; queries may be scaled, queries and keys normed head by head. Source: transformers 5.17,
 * {@code modeling_llama.py}, LlamaAttention; {@code modeling_qwen3.py}, Qwen3Attention; {@code modeling_opt.py}, OPTAttention.
 */
record SeparateProjections(
        Aten aten,
        AttentionHeads heads,
        LinearLayer query,
        LinearLayer key,
        LinearLayer value,
        UnaryOperator<Tensor> queryScale,
        UnaryOperator<Tensor> queryNorm,
        UnaryOperator<Tensor> keyNorm)
        implements AttentionInputs {
    /** The projections of an attention module: {@code q_proj}, {@code k_proj} and {@code v_proj}, without scale and norms. */
    static SeparateProjections of(Aten aten, AttentionHeads heads, String path, Weights weights) {
        return new SeparateProjections(
                aten,
                heads,
                weights.linear(path + ".q_proj"),
                weights.linear(path + ".k_proj"),
                weights.linear(path + ".v_proj"),
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                UnaryOperator.identity());
    }

    /** The same with queries that are scaled. */
    SeparateProjections scaling(UnaryOperator<Tensor> scale) {
        return new SeparateProjections(aten, heads, query, key, value, scale, queryNorm, keyNorm);
    }

    /** The same with queries and keys that are normed head by head. */
    SeparateProjections norming(UnaryOperator<Tensor> ofQueries, UnaryOperator<Tensor> ofKeys) {
        return new SeparateProjections(aten, heads, query, key, value, queryScale, ofQueries, ofKeys);
    }

    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor q = frame.let(split(queryScale.apply(query.forward(hidden)), heads.query(), queryNorm));
        Tensor k = frame.let(split(key.forward(hidden), heads.keyValue(), keyNorm));
        Tensor v = frame.let(split(value.forward(hidden), heads.keyValue(), UnaryOperator.identity()));
        return new Heads(q, k, v);
    }

    /** {@code norm(x.view(b, s, heads, dimension)).transpose(1, 2)}. */
    private Tensor split(Tensor x, long count, UnaryOperator<Tensor> norm) {
        Shape split = Shape.of(
                x.shape().dimension(0), x.shape().dimension(1), Extent.of(count), Extent.of(heads.dimension()));
        return aten.transposeHeads(norm.apply(aten.view(x, split)));
    }
}
