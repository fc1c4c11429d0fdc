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
 * A projection each for queries, keys and values, all of which are made before the first is transposed; queries and keys may
 * be normed head by head between. Source: transformers 5.17, {@code modeling_stablelm.py}, StableLmAttention;
 * {@code modeling_cohere.py}, CohereAttention.
 *
 * @param splits when projections are split into heads: where one's gradient is out of order, a copy is made just then
 */
record ProjectionsInStages(
        Aten aten,
        AttentionHeads heads,
        LinearLayer query,
        LinearLayer key,
        LinearLayer value,
        Splits splits,
        UnaryOperator<Tensor> queryNorm,
        UnaryOperator<Tensor> keyNorm)
        implements AttentionInputs {
    /** When projections are split into heads. */
    enum Splits {
        EACH,
        ALL_AT_LAST
    }

    /** The projections of an attention module: {@code q_proj}, {@code k_proj} and {@code v_proj}, without norms. */
    static ProjectionsInStages of(Aten aten, AttentionHeads heads, String path, Weights weights, Splits splits) {
        return new ProjectionsInStages(
                aten,
                heads,
                weights.linear(path + ".q_proj"),
                weights.linear(path + ".k_proj"),
                weights.linear(path + ".v_proj"),
                splits,
                UnaryOperator.identity(),
                UnaryOperator.identity());
    }

    /** The same with norms of queries and keys of shape [b, s, heads, head dimension]. */
    ProjectionsInStages norming(UnaryOperator<Tensor> ofQueries, UnaryOperator<Tensor> ofKeys) {
        return new ProjectionsInStages(aten, heads, query, key, value, splits, ofQueries, ofKeys);
    }

    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Tensor q = frame.let(projected(query, heads.query(), hidden));
        Tensor k = frame.let(projected(key, heads.keyValue(), hidden));
        Tensor v = frame.let(projected(value, heads.keyValue(), hidden));
        if (splits == Splits.ALL_AT_LAST) {
            q = frame.replace(q, byHead(q, heads.query()));
            k = frame.replace(k, byHead(k, heads.keyValue()));
            v = frame.replace(v, byHead(v, heads.keyValue()));
        }
        q = frame.replace(q, queryNorm.apply(q));
        k = frame.replace(k, keyNorm.apply(k));
        return new Heads(
                frame.replace(q, aten.transposeHeads(q)),
                frame.replace(k, aten.transposeHeads(k)),
                frame.replace(v, aten.transposeHeads(v)));
    }

    private Tensor projected(LinearLayer projection, long count, Tensor hidden) {
        Tensor x = projection.forward(hidden);
        return splits == Splits.EACH ? byHead(x, count) : x;
    }

    private Tensor byHead(Tensor x, long count) {
        Shape split = Shape.of(
                x.shape().dimension(0), x.shape().dimension(1), Extent.of(count), Extent.of(heads.dimension()));
        return aten.view(x, split);
    }
}
