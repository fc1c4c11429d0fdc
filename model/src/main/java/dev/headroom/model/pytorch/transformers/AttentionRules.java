package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.platform.SoftwareStack;
import dev.headroom.model.platform.TransformersRules;
import java.util.Optional;

/**
 * In what the attention of one architecture differs from another's.
 *
 * @param softmaxInFloat32 whether eager attention asks for its softmax in float32
 * @param softCapped whether eager attention brings its scores into bounds by tanh ({@code attn_logit_softcapping}), which
 *     sdpa leaves out
 * @param dropsProbabilities whether probabilities are dropped out
 * @param dropsOutput whether the result of the output projection is dropped out
 * @param repeatsHeadsForFlash whether keys and values are repeated for flash-attn, which needs no such thing
 * @param outputDropout name of the module that drops it out, unless a function does
 */
record AttentionRules(
        boolean softmaxInFloat32,
        boolean softCapped,
        boolean dropsProbabilities,
        boolean dropsOutput,
        boolean repeatsHeadsForFlash,
        Optional<String> outputDropout) {
    /** Rules whose dropout of the output, if there is any, is a function's. */
    AttentionRules(
            boolean softmaxInFloat32,
            boolean softCapped,
            boolean dropsProbabilities,
            boolean dropsOutput,
            boolean repeatsHeadsForFlash) {
        this(softmaxInFloat32, softCapped, dropsProbabilities, dropsOutput, repeatsHeadsForFlash, Optional.empty());
    }

    /** The same with a dropout of the output that is a module of this name. */
    AttentionRules withOutputDropout(String module) {
        return new AttentionRules(
                softmaxInFloat32,
                softCapped,
                dropsProbabilities,
                dropsOutput,
                repeatsHeadsForFlash,
                Optional.of(module));
    }

    /** Attention as {@code modeling_llama.py} and its like have it. */
    static AttentionRules of(Architecture architecture, SoftwareStack stack) {
        boolean repeats = TransformersRules.of(stack).orElseThrow().flashRepeatsHeads(architecture.modelType());
        boolean softCapped = architecture.settings().containsKey("attn_logit_softcapping");
        return new AttentionRules(true, softCapped, false, false, repeats);
    }

    /** The same with probabilities that are dropped out. */
    AttentionRules droppingProbabilities() {
        return new AttentionRules(softmaxInFloat32, softCapped, true, dropsOutput, repeatsHeadsForFlash);
    }
}
