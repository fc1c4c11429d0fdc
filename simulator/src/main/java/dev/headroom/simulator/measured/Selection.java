package dev.headroom.simulator.measured;

import java.util.Set;

/**
 * Which rows to look at. Each set names the values that are accepted; an empty one accepts all.
 *
 * @param kinds kinds of architecture, such as {@code llama}
 * @param methods fine-tuning methods
 * @param optimizers optimizers
 */
public record Selection(Set<String> kinds, Set<String> methods, Set<String> optimizers) {
    /** Every row. */
    public static final Selection ALL = new Selection(Set.of(), Set.of(), Set.of());

    public Selection {
        kinds = Set.copyOf(kinds);
        methods = Set.copyOf(methods);
        optimizers = Set.copyOf(optimizers);
    }

    boolean accepts(String kind, String method, String optimizer) {
        return accepts(kinds, kind) && accepts(methods, method) && accepts(optimizers, optimizer);
    }

    private static boolean accepts(Set<String> accepted, String value) {
        return accepted.isEmpty() || accepted.contains(value);
    }
}
