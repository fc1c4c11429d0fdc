package dev.headroom.simulator.measured;

import dev.headroom.model.quantity.DType;
import dev.headroom.simulator.input.NearestWord;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which rows to look at: for each key the values that are accepted. Written as {@code key=value,key=value}; several values
 * of one key are separated by {@code |}, and {@code *} at the end of a value stands for any ending.
 *
 * @param accepted values by facet; a row is accepted if each of these facets has one of its values
 */
public record Selection(Map<String, List<String>> accepted) {
    /** Every row. */
    public static final Selection ALL = new Selection(Map.of());

    static final String ID = "id";
    static final String FILE = "file";
    static final String GPU = "gpu";
    static final String ARCHITECTURE = "architecture";

    private static final Map<String, String> SHORT_NAMES = Map.ofEntries(
            Map.entry("method", "method.name"),
            Map.entry("rank", "method.rank"),
            Map.entry("targets", "method.targets"),
            Map.entry("dropout", "method.dropout"),
            Map.entry("batch", "microBatch"),
            Map.entry("seq", "sequenceLength"),
            Map.entry("weights", "weightDtype"),
            Map.entry("autocast", "autocastDtype"),
            Map.entry("quantize", "quantization"),
            Map.entry("loss", "lossKernel"),
            Map.entry("clip", "maxGradNorm"),
            Map.entry("grad-accumulation", "gradientAccumulation"),
            Map.entry("loop", "trainingLoop"),
            Map.entry("padded", "paddedBatch"),
            Map.entry("use-cache", "useCache"),
            Map.entry("expandable-segments", "expandableSegments"),
            Map.entry("layers", "layersOverride"),
            Map.entry("parallelism", "parallelism.kind"));
    private static final Set<String> FACETS = Set.of(
            ID,
            FILE,
            GPU,
            ARCHITECTURE,
            "model",
            "precision",
            "attention",
            "checkpointing",
            "optimizer",
            "runtime",
            "stack",
            "method.adapterDtype");

    public Selection {
        accepted = Map.copyOf(accepted);
    }

    /**
     * Reads a selection.
     *
     * @throws IllegalArgumentException if it is not written as described, or a key is unknown
     */
    public static Selection parse(String text) {
        Map<String, List<String>> accepted = new LinkedHashMap<>();
        for (String term : text.split(",", -1)) {
            int equals = term.indexOf('=');
            if (equals < 1 || equals == term.length() - 1) {
                throw new IllegalArgumentException("'%s' is no selection; write key=value,key=value, as in %s"
                        .formatted(term, "method=lora,checkpointing=none"));
            }
            String key = term.substring(0, equals).strip();
            String facet = SHORT_NAMES.getOrDefault(key, key);
            if (!FACETS.contains(facet) && !SHORT_NAMES.containsValue(facet)) {
                Set<String> known = new TreeSet<>(FACETS);
                known.addAll(SHORT_NAMES.keySet());
                throw new IllegalArgumentException("unknown key '%s'%s. Known keys: %s"
                        .formatted(
                                key,
                                NearestWord.of(key, known).map("; maybe '%s'?"::formatted).orElse(""),
                                String.join(", ", known)));
            }
            List<String> values = Arrays.stream(term.substring(equals + 1).split("\\|", -1))
                    .map(String::strip)
                    .map(value -> facet.endsWith("Dtype") ? longName(value) : value)
                    .toList();
            if (accepted.putIfAbsent(facet, values) != null) {
                throw new IllegalArgumentException(
                        "key '%s' is given twice; write its values as %s=a|b".formatted(key, key));
            }
        }
        return new Selection(accepted);
    }

    private static String longName(String type) {
        return DType.parse(type).map(DType::longName).orElse(type);
    }

    /** Whether a row with these facets is accepted. */
    boolean accepts(Map<String, String> facets) {
        return accepted.entrySet().stream().allMatch(entry -> {
            String value = facets.getOrDefault(entry.getKey(), RecordedJob.NONE);
            return entry.getValue().stream().anyMatch(pattern -> matches(entry.getKey(), pattern, value));
        });
    }

    private static boolean matches(String facet, String pattern, String value) {
        if (pattern.endsWith("*")) {
            return value.startsWith(pattern.substring(0, pattern.length() - 1));
        }
        return value.equals(pattern) || (facet.equals(FILE) && value.endsWith("/" + pattern));
    }
}
