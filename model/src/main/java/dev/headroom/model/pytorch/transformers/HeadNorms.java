package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.function.UnaryOperator;

/**
 * Norms over each head of queries and keys, after all have been projected. Source: transformers 5.17,
 * {@code modeling_gemma3.py}, Gemma3Attention; {@code modeling_stablelm.py}, StableLmAttention.
 */
record HeadNorms(AttentionInputs projections, UnaryOperator<Tensor> query, UnaryOperator<Tensor> key)
        implements AttentionInputs {
    @Override
    public Heads project(Tensor hidden, Frame frame) {
        Heads heads = projections.project(hidden, frame);
        Tensor q = frame.replace(heads.query(), query.apply(heads.query()));
        Tensor k = frame.replace(heads.key(), key.apply(heads.key()));
        return new Heads(q, k, heads.value());
    }
}
