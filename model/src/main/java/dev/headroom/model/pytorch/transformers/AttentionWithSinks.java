package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Eager attention in which a score of each head competes with those of the keys: one more column, which is cut off after
 * the softmax. Source: transformers 5.17, {@code modeling_gpt_oss.py}, {@code eager_attention_forward}.
 *
 * @param sinks the score of each head
 */
record AttentionWithSinks(Aten aten, AttentionHeads heads, Tensor sinks) implements EagerAttention {
    @Override
    public Attention.Result attend(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor keys = frame.let(aten.repeatHeads(k, heads.groupSize()));
            Tensor values = frame.let(aten.repeatHeads(v, heads.groupSize()));
            Tensor weights = frame.let(aten.scale(aten.matmul(q, aten.transpose(keys))));
            weights = frame.replace(weights, aten.add(weights, Objects.requireNonNull(mask)));
            Shape column = weights.shape().withLast(Extent.ONE);
            Tensor perHead = aten.view(sinks, Shape.of(Extent.ONE, column.dimension(1), Extent.ONE, Extent.ONE));
            Tensor sink = frame.let(aten.expand(perHead, column));
            Tensor logits = frame.let(aten.concatenate(weights, sink));
            logits = frame.replace(logits, new LinearAlgebra(aten).subtract(logits, aten.maximum(logits)));
            Tensor probabilities = frame.let(aten.softmaxInOwnType(logits));
            Tensor ofKeys = aten.slice(probabilities, weights.shape());
            weights = frame.replace(weights, aten.to(ofKeys, values.dtype()));
            Tensor out = frame.let(aten.matmul(weights, values));
            out = frame.replace(out, aten.contiguous(aten.transposeHeads(out)));
            return new Attention.Result(frame.returning(out), frame.returning(weights));
        }
    }
}
