package dev.headroom.model.method;

import java.util.Map;

/**
 * Prefix tuning: the keys and values of virtual tokens are trained for every layer, without a projection.
 *
 * @param virtualTokens tokens before each sequence
 * @see <a href="https://arxiv.org/abs/2101.00190">Li and Liang, 2021, prefix tuning</a>
 */
public record PrefixTuning(int virtualTokens) implements PromptMethod {
    /**
     * @throws IllegalArgumentException if there is no virtual token
     */
    public PrefixTuning {
        Options.checkPositive("virtualTokens", virtualTokens);
    }

    @Override
    public String name() {
        return "prefix-tuning";
    }

    @Override
    public Map<String, Object> options() {
        return new Options().with("virtualTokens", virtualTokens).map();
    }
}
