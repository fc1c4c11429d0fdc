package dev.headroom.model.architecture;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * What a configuration says of the kinds of its layers ({@code layer_types}). Source: transformers 5.17,
 * {@code configuration_gemma2.py}, {@code configuration_gemma3.py}, {@code configuration_qwen2.py}.
 */
final class LayerTypes {
    static final String KEY = "layer_types";

    private static final String SLIDING = "sliding_attention";
    private static final Set<String> KNOWN = Set.of(SLIDING, "full_attention");

    private LayerTypes() {}

    /**
     * Whether queries of a layer see a window of keys only.
     *
     * @param pattern which layers do where the configuration does not list them
     */
    static boolean slides(Architecture architecture, int layer, IntPredicate pattern) {
        if (architecture.attention().slidingWindow().isEmpty()) {
            return false;
        }
        return architecture.settings().get(KEY) instanceof List<?> types
                ? SLIDING.equals(types.get(layer))
                : pattern.test(layer);
    }

    /** Refuses kinds of layers that have no rule, and lists that are too short. */
    static Optional<String> missing(Architecture architecture) {
        return missing(architecture, KNOWN);
    }

    /** The same for an architecture with layers of other kinds. */
    static Optional<String> missing(Architecture architecture, Set<String> known) {
        if (!(architecture.settings().get(KEY) instanceof List<?> types)) {
            return Optional.empty();
        }
        boolean all = types.size() >= architecture.layers()
                && types.stream().allMatch(type -> type instanceof String word && known.contains(word));
        return all
                ? Optional.empty()
                : Optional.of("no rule yet for %s with these kinds of layers (layer_types)"
                        .formatted(architecture.modelType()));
    }
}
