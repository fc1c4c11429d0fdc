package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * How a model is fine-tuned: which parameters train, and which modules are wrapped. One class a method holds its facts;
 * what a framework makes of them is that framework's.
 */
public interface Method {
    /** The name used on the command line and in files, such as {@code lora}. */
    String name();

    /** The method with its options in words. */
    default String description() {
        return name();
    }

    /** The rank of its adapters, if formulas have it as a variable: at another rank, all that changes are sizes. */
    default OptionalInt variableRank() {
        return OptionalInt.empty();
    }

    /** The same method with another such rank. */
    default Method withRank(int rank) {
        return this;
    }

    /** Its options by their keys in a job file, in order: numbers, words and flags. */
    default Map<String, Object> options() {
        return Map.of();
    }
}
