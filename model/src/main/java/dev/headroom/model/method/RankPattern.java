package dev.headroom.model.method;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/**
 * Ranks of single layers. A key is a regular expression that the end of a layer's path matches, from one of its names on:
 * {@code down_proj}, or {@code layers.1.self_attn.q_proj}. The first key that matches decides.
 *
 * <p>Source: peft 0.21, {@code utils/other.py}, {@code get_pattern_key}.
 *
 * @param ranks ranks by key, in the order in which keys are tried
 */
public record RankPattern(Map<String, Integer> ranks) {
    /** Every layer has the method's rank. */
    public static final RankPattern NONE = new RankPattern(Map.of());

    /**
     * @throws IllegalArgumentException if a rank is not positive or a key is no regular expression
     */
    public RankPattern {
        ranks = Collections.unmodifiableMap(new LinkedHashMap<>(ranks));
        ranks.forEach((key, rank) -> {
            Options.checkPositive("rank of " + key, rank);
            problem(key).ifPresent(problem -> {
                throw new IllegalArgumentException("key (%s) %s".formatted(key, problem));
            });
        });
    }

    /** What keeps a text from being a key. Keys are written in lists, so that commas and equals signs are not for them. */
    public static Optional<String> problem(String key) {
        if (key.isEmpty() || key.contains(",") || key.contains("=")) {
            return Optional.of("must be a name or a regular expression without ',' and '='");
        }
        try {
            pattern(key);
            return Optional.empty();
        } catch (PatternSyntaxException e) {
            return Optional.of("is no regular expression: " + e.getDescription());
        }
    }

    private static Pattern pattern(String key) {
        return Pattern.compile("(.*\\.)?(" + key + ")");
    }

    private static boolean matches(String key, String path) {
        return pattern(key).matcher(path).matches();
    }

    public boolean isEmpty() {
        return ranks.isEmpty();
    }

    /**
     * The rank of a layer.
     *
     * @param path path of the layer, such as {@code model.layers.1.self_attn.q_proj}
     * @param standard the rank of layers that no key matches
     */
    int rank(String path, int standard) {
        return ownRank(path).orElse(standard);
    }

    /** The rank of a layer that a key matches. */
    Optional<Integer> ownRank(String path) {
        return deciding(path).map(ranks::get);
    }

    /** Keys that decide the rank of none of these layers. */
    List<String> unused(List<String> paths) {
        return ranks.keySet().stream()
                .filter(key -> paths.stream()
                        .noneMatch(path -> deciding(path).filter(key::equals).isPresent()))
                .toList();
    }

    private Optional<String> deciding(String path) {
        return ranks.keySet().stream().filter(key -> matches(key, path)).findFirst();
    }

    /** Keys and ranks as a text, such as {@code down_proj=4,q_proj=64}. */
    @Override
    public String toString() {
        return ranks.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(","));
    }
}
