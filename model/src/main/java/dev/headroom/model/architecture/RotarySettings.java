package dev.headroom.model.architecture;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration says of rotary positions, in the form of Transformers 5 ({@code rope_parameters}) or the older one
 * ({@code rope_scaling} and keys beside it). Source: transformers 5.17, {@code modeling_rope_utils.py}.
 */
final class RotarySettings {
    /** The keys; families that read them add these to their settings. */
    static final Set<String> KEYS = Set.of("rope_parameters", "rope_scaling", "partial_rotary_factor", "rotary_pct");

    /** Kinds whose frequencies are computed anew in forward passes ({@code dynamic_rope_update}). */
    private static final Set<String> RECOMPUTED = Set.of("dynamic", "longrope");

    private RotarySettings() {}

    /** The kinds of scaling, such as {@code yarn}, of all layers or of each kind of layer; none if nothing is scaled. */
    private static Set<String> kinds(Architecture architecture) {
        Set<String> kinds = new TreeSet<>();
        for (String key : new String[] {"rope_parameters", "rope_scaling"}) {
            if (architecture.settings().get(key) instanceof Map<?, ?> values) {
                addKind(kinds, values);
                for (Object value : values.values()) {
                    if (value instanceof Map<?, ?> ofLayerKind) {
                        addKind(kinds, ofLayerKind);
                    }
                }
            }
        }
        kinds.remove("default");
        return kinds;
    }

    private static void addKind(Set<String> kinds, Map<?, ?> values) {
        Object kind = values.get("rope_type") == null ? values.get("type") : values.get("rope_type");
        if (kind instanceof String word) {
            kinds.add(word);
        }
    }

    /** The share of each head that is turned, if the configuration names one. */
    private static OptionalDouble share(Architecture architecture) {
        @Nullable Object share = null;
        if (architecture.settings().get("rope_parameters") instanceof Map<?, ?> values) {
            share = values.get("partial_rotary_factor");
        }
        for (String key : new String[] {"partial_rotary_factor", "rotary_pct"}) {
            share = share == null ? architecture.settings().get(key) : share;
        }
        return share instanceof Number number ? OptionalDouble.of(number.doubleValue()) : OptionalDouble.empty();
    }

    /** Whether positions are scaled by YaRN. */
    static boolean usesYarn(Architecture architecture) {
        return kinds(architecture).contains("yarn");
    }

    /** Whether a configuration says anything of positions. */
    static boolean isSilent(Architecture architecture) {
        return KEYS.stream().noneMatch(architecture.settings()::containsKey);
    }

    /**
     * How many elements of a head are turned.
     *
     * @param standard their share where the configuration names none
     */
    static long turned(Architecture architecture, double standard) {
        return (long)
                (architecture.attention().dimension() * share(architecture).orElse(standard));
    }

    /** Refuses any scaling. */
    static Optional<String> missingForScaling(Architecture architecture) {
        return missing(architecture, kinds(architecture));
    }

    /** Refuses only frequencies that change while the model runs. */
    static Optional<String> missingForRecomputation(Architecture architecture) {
        Set<String> kinds = kinds(architecture);
        kinds.retainAll(RECOMPUTED);
        return missing(architecture, kinds);
    }

    private static Optional<String> missing(Architecture architecture, Set<String> kinds) {
        return kinds.stream()
                .findFirst()
                .map(kind -> "no rule yet for %s with rotary positions of type '%s' (rope_parameters, rope_scaling)"
                        .formatted(architecture.modelType(), kind));
    }
}
