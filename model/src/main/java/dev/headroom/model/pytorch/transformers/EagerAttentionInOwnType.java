package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Eager attention whose probabilities keep the type in which the softmax gives them. Source: transformers 5.17,
 * {@code modeling_llama4.py}, {@code eager_attention_forward}.
 */
record EagerAttentionInOwnType(Aten aten, AttentionHeads heads) implements EagerAttention {
    @Override
    public Attention.Result attend(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor keys = frame.let(aten.repeatHeads(k, heads.groupSize()));
            Tensor values = frame.let(aten.repeatHeads(v, heads.groupSize()));
            Tensor weights = frame.let(aten.scale(aten.matmul(q, aten.transpose(keys))));
            if (mask != null) {
                weights = frame.replace(weights, aten.add(weights, mask));
            }
            weights = frame.replace(weights, aten.softmax(weights));
            Tensor out = frame.let(aten.matmul(weights, values));
            out = frame.replace(out, aten.contiguous(aten.transposeHeads(out)));
            return new Attention.Result(frame.returning(out), frame.returning(weights));
        }
    }
}
