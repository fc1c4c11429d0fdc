package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * P-tuning: the embeddings of virtual tokens come out of a trained encoder of three linear layers.
 *
 * @param virtualTokens tokens before each sequence
 * @param encoderHiddenSize width of the encoder's inner layer; the model's if it is not given
 * @see <a href="https://arxiv.org/abs/2103.10385">Liu et al., 2021, P-tuning</a>
 */
public record PTuning(int virtualTokens, OptionalInt encoderHiddenSize) implements PromptMethod {
    /**
     * @throws IllegalArgumentException if there is no virtual token, or no width
     */
    public PTuning {
        Options.checkPositive("virtualTokens", virtualTokens);
        encoderHiddenSize.ifPresent(size -> Options.checkPositive("encoderHiddenSize", size));
    }

    @Override
    public String name() {
        return "p-tuning";
    }

    @Override
    public Map<String, Object> options() {
        Options options = new Options().with("virtualTokens", virtualTokens);
        encoderHiddenSize.ifPresent(size -> options.with("encoderHiddenSize", size));
        return options.map();
    }
}
