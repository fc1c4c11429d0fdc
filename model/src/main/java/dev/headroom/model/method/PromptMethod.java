package dev.headroom.model.method;

/** A method that trains virtual tokens before each sequence and leaves the model as it is. */
public interface PromptMethod extends Method {
    /** Tokens before each sequence. */
    int virtualTokens();

    @Override
    default String description() {
        return "%s (%d virtual tokens)".formatted(name(), virtualTokens());
    }
}
