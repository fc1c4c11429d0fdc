package dev.headroom.model.platform;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What differs between versions of Hugging Face Transformers.
 *
 * @param version the version these were read from
 * @param upcastsLogitsInForward whether the model's forward replaces its logits by a float32 copy, which it returns
 *     ({@code logits = logits.float()} in {@code modeling_llama.py}, {@code modeling_mistral.py}); from 4.46 on the copy is
 *     made in {@code loss/loss_utils.py}, and the logits are returned as they are
 * @param shiftsLogits whether the loss drops the last token of the logits, which copies them
 *     ({@code logits[..., :-1, :].contiguous()}), instead of padding the labels
 * @param countsTokens whether the Trainer fetches the batches of a whole step at once and counts their tokens
 *     ({@code trainer.py}, {@code get_batch_samples}, since 4.46)
 * @param repeatsKeysForFlash whether {@code MistralFlashAttention2.forward} and its copies repeat keys and values for every
 *     query head; since 4.48 attention is one function for all kernels ({@code integrations/flash_attention.py})
 */
public record TransformersRules(
        String version,
        boolean upcastsLogitsInForward,
        boolean shiftsLogits,
        boolean countsTokens,
        boolean repeatsKeysForFlash) {
    /** Every version whose rules are known, oldest first. */
    public static final List<TransformersRules> ALL = List.of(
            new TransformersRules("4.36", true, true, false, true),
            new TransformersRules("4.43", true, true, false, true),
            new TransformersRules("4.44", true, true, false, true),
            new TransformersRules("4.45", true, true, false, true),
            new TransformersRules("4.48", false, true, true, false),
            new TransformersRules("5.8", false, false, true, false),
            new TransformersRules("5.17", false, false, true, false));

    /** Models whose class for flash-attn is a copy of Mistral's; Llama's repeats nothing. */
    private static final Set<String> COPIES_OF_MISTRAL = Set.of("mistral", "mixtral", "qwen2", "phi3");

    /**
     * Models that computed their loss themselves before Transformers 5, from logits in whatever type they have, and that return
     * their keys and values even with checkpointing ({@code modeling_gpt_bigcode.py}).
     */
    private static final Set<String> OWN_LOSS_AND_CACHE = Set.of("gpt_bigcode");

    /** Whether keys and values of a model are repeated for every query head before flash-attn gets them. */
    public boolean flashRepeatsHeads(String modelType) {
        return repeatsKeysForFlash && COPIES_OF_MISTRAL.contains(modelType);
    }

    /** The rules of a version, if they are known. */
    public static Optional<TransformersRules> of(SoftwareStack stack) {
        return ALL.stream()
                .filter(rules -> rules.version().equals(stack.transformers()))
                .findFirst();
    }

    /** Whether a model's forward replaces its logits by a float32 copy. */
    public boolean upcastsLogitsInForward(String modelType) {
        return upcastsLogitsInForward && !hasOwnLoss(modelType);
    }

    /** Whether a model computes its loss from logits as they are, and knows nothing of tokens that the Trainer counted. */
    public boolean hasOwnLoss(String modelType) {
        return !isSince5() && OWN_LOSS_AND_CACHE.contains(modelType);
    }

    /** Whether a model returns keys and values with checkpointing too, where others switch their cache off. */
    public boolean returnsKeysWithCheckpointing(String modelType) {
        return !isSince5() && OWN_LOSS_AND_CACHE.contains(modelType);
    }

    /** Whether models have the attention and the masks of Transformers 5. */
    public boolean isSince5() {
        return version.startsWith("5.");
    }

    /** Whether this is the version that every other rule was read from and measured on. */
    public boolean isNewest() {
        return version.equals(SoftwareStack.NEWEST.transformers());
    }
}
