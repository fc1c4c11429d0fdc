package dev.headroom.model.method;

import java.util.Map;

/**
 * Prompt tuning: the embeddings of virtual tokens are trained.
 *
 * @param virtualTokens tokens before each sequence
 * @see <a href="https://arxiv.org/abs/2104.08691">Lester et al., 2021, prompt tuning</a>
 */
public record PromptTuning(int virtualTokens) implements PromptMethod {
    /**
     * @throws IllegalArgumentException if there is no virtual token
     */
    public PromptTuning {
        Options.checkPositive("virtualTokens", virtualTokens);
    }

    @Override
    public String name() {
        return "prompt-tuning";
    }

    @Override
    public Map<String, Object> options() {
        return new Options().with("virtualTokens", virtualTokens).map();
    }
}
