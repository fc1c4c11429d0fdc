package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Attention whose keys are never repeated, and whose mask is always there. Source: transformers 5.17,
 * {@code modeling_falcon.py}, FalconAttention.
 *
 * @param eager whether each operation runs by itself, not sdpa
 */
record FalconAttention(
        Aten aten,
        String path,
        boolean eager,
        ScaledDotProductAttention fused,
        PositionScheme positions,
        AttentionInputs inputs,
        LinearLayer output) {
    /**
     * Attends.
     *
     * @param angles what queries and keys are turned by, without alibi
     * @param alibi biases by head and key, if those are how positions enter
     */
    Attention.Result forward(
            Tensor hidden,
            PositionScheme.@Nullable Angles angles,
            @Nullable Tensor alibi,
            Tensor mask,
            KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(path)) {
            AttentionInputs.Heads projected = inputs.project(hidden, frame);
            Tensor query = projected.query();
            Tensor key = projected.key();
            if (alibi == null) {
                PositionScheme.Turned turned = positions.turn(query, key, angles);
                Tensor turnedQuery = frame.let(turned.query());
                Tensor turnedKey = frame.let(turned.key());
                frame.drop(query);
                frame.drop(key);
                query = turnedQuery;
                key = turnedKey;
            }
            KeyValueCache.Entry entry = cache.update(key, projected.value());
            Tensor keys = frame.replace(key, entry.keys());
            Tensor values = frame.replace(projected.value(), entry.values());
            if (!eager) {
                Tensor attended = frame.let(fused.attend(query, keys, values, mask, false));
                return new Attention.Result(projectedOutput(attended, hidden, frame), null);
            }
            Tensor weights = alibi == null
                    ? probabilities(query, keys, mask, hidden.dtype(), frame)
                    : biasedProbabilities(query, keys, alibi, mask, hidden.dtype(), frame);
            Tensor attended = frame.let(aten.matmul(weights, values));
            return new Attention.Result(projectedOutput(attended, hidden, frame), frame.returning(weights));
        }
    }

    private Tensor projectedOutput(Tensor attended, Tensor hidden, Frame frame) {
        Extent merged = attended.shape().dimension(1).times(attended.shape().dimension(3));
        Shape shape = hidden.shape().withLast(merged);
        Tensor out = frame.replace(attended, aten.view(aten.contiguous(aten.transposeHeads(attended)), shape));
        return frame.returning(frame.replace(out, output.forward(out)));
    }

    /** {@code softmax(q @ k.T / sqrt(d) + mask)}, in the type of the hidden states. */
    private Tensor probabilities(Tensor query, Tensor keys, Tensor mask, DType type, Frame frame) {
        Tensor scores = frame.let(aten.matmul(query, aten.transpose(keys)));
        scores = frame.replace(scores, aten.divideInPlace(scores));
        return frame.replace(scores, softmax(aten.add(scores, mask), type));
    }

    /** The same with alibi, whose scores are biased and scaled in float32, and of which each step keeps its name. */
    private Tensor biasedProbabilities(Tensor query, Tensor keys, Tensor alibi, Tensor mask, DType type, Frame frame) {
        Tensor product = frame.let(aten.matmul(query, aten.transpose(keys)));
        Tensor scores = frame.let(aten.to(aten.view(product, product.shape()), DType.FLOAT32));
        Tensor logits = frame.let(aten.add(scores, alibi));
        logits = frame.replace(logits, aten.scaleInPlace(logits));
        return frame.let(softmax(aten.add(logits, mask), type));
    }

    /** {@code F.softmax(x, -1, dtype=type)}, whose argument lives until it returns. */
    private Tensor softmax(Tensor x, DType type) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor argument = frame.let(x);
            return type == DType.FLOAT32 ? aten.softmaxInFloat32(argument) : aten.softmax(aten.to(argument, type));
        }
    }
}
