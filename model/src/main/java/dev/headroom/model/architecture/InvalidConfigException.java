package dev.headroom.model.architecture;

import java.util.List;
import java.util.stream.Collectors;

/** A Hugging Face configuration that gives no usable architecture, with every reason at once. */
public final class InvalidConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    public InvalidConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(p -> p.key() + ": " + p.message()).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    public List<ConfigProblem> problems() {
        return problems;
    }

    /**
     * One thing that is wrong with a configuration.
     *
     * @param key the configuration's key, such as {@code num_key_value_heads}
     * @param message what was found and what is allowed
     * @param missingRule whether the model exists, but no rule says how much memory it takes
     */
    public record ConfigProblem(String key, String message, boolean missingRule) {}
}
