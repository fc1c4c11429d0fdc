package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;

/**
 * In what the attention of one architecture differs from another's.
 *
 * @param softmaxInFloat32 whether eager attention asks for its softmax in float32
 * @param softCapped whether eager attention brings its scores into bounds by tanh ({@code attn_logit_softcapping}), which
 *     sdpa leaves out
 * @param dropsProbabilities whether probabilities are dropped out
 * @param dropsOutput whether the result of the output projection is dropped out
 */
record AttentionRules(boolean softmaxInFloat32, boolean softCapped, boolean dropsProbabilities, boolean dropsOutput) {
    /** Attention as {@code modeling_llama.py} and its like have it. */
    static AttentionRules of(Architecture architecture) {
        return new AttentionRules(true, architecture.settings().containsKey("attn_logit_softcapping"), false, false);
    }
}
