package dev.headroom.simulator.measured;

import dev.headroom.model.program.SavedTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The tensors that autograd saved in one forward pass, predicted and measured, as multisets: how often each kind occurs.
 *
 * @param predicted how often each kind is predicted
 * @param measured how often each kind was measured
 */
public record SavedTensorCensus(Map<Kind, Integer> predicted, Map<Kind, Integer> measured) {
    /**
     * What tells saved tensors apart.
     *
     * @param module the module that saved it, with {@code *} for the layer's number
     * @param dtype long name of its element type
     * @param bytes bytes of its storage
     */
    public record Kind(String module, String dtype, long bytes) implements Comparable<Kind> {
        /** PEFT's wrappers, of which prompt methods have one less, and the decoder within the language model. */
        private static final Pattern WRAPPERS = Pattern.compile("^(base_model\\.?)?(model(\\.|$))*");

        static Kind of(String module, String dtype, long bytes) {
            String path = WRAPPERS.matcher(module).replaceFirst("").replaceAll("\\.\\d+\\b", ".*");
            return new Kind(path, dtype, bytes);
        }

        @Override
        public int compareTo(Kind other) {
            int byModule = module.compareTo(other.module);
            int byDtype = byModule != 0 ? byModule : dtype.compareTo(other.dtype);
            return byDtype != 0 ? byDtype : Long.compare(bytes, other.bytes);
        }
    }

    /**
     * One tensor as measured.
     *
     * @param kind its kind
     * @param storage number of its storage: equal numbers are one storage, unless their sizes differ
     */
    record Measured(Kind kind, long storage) {}

    static SavedTensorCensus of(List<SavedTensor> predicted, List<Measured> measured) {
        Map<Kind, Integer> expected = new TreeMap<>();
        for (SavedTensor tensor : predicted) {
            String module = tensor.module().equals(TOP_MODULE) ? "" : tensor.module();
            expected.merge(Kind.of(module, tensor.dtype().longName(), tensor.bytes()), 1, Integer::sum);
        }
        Map<List<Long>, Kind> storages = new LinkedHashMap<>();
        for (Measured tensor : measured) {
            storages.putIfAbsent(List.of(tensor.storage(), tensor.kind().bytes()), tensor.kind());
        }
        Map<Kind, Integer> found = new TreeMap<>();
        storages.values().forEach(kind -> found.merge(kind, 1, Integer::sum));
        return new SavedTensorCensus(expected, found);
    }

    /** The model itself, which is no module of another. */
    private static final String TOP_MODULE = "lm";

    /** Whether both are the same. */
    public boolean isEqual() {
        return predicted.equals(measured);
    }

    /** Each kind that differs, such as {@code model.norm float32 8192 B: predicted 1, measured 2}. */
    public List<String> differences() {
        Map<Kind, Integer> all = new TreeMap<>(predicted);
        measured.forEach(all::putIfAbsent);
        List<String> differences = new ArrayList<>();
        for (Kind kind : all.keySet()) {
            int expected = predicted.getOrDefault(kind, 0);
            int found = measured.getOrDefault(kind, 0);
            if (expected != found) {
                differences.add("%s %s %d B: predicted %d, measured %d"
                        .formatted(kind.module(), kind.dtype(), kind.bytes(), expected, found));
            }
        }
        return differences;
    }
}
