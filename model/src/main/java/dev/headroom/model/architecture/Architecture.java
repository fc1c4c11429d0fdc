package dev.headroom.model.architecture;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The dimensions of a decoder-only language model, as its Hugging Face configuration gives them.
 *
 * @param modelType Hugging Face's {@code model_type}, which names the implementation
 * @param hiddenSize width of the residual stream [elements]
 * @param intermediateSize width of the MLP [elements]
 * @param layers number of decoder layers
 * @param attention head counts and head size
 * @param vocabularySize rows of the embedding matrix
 * @param biases which linear layers have a bias
 * @param tiedEmbeddings whether the output head is the embedding matrix
 * @param positions how positions enter, and how many the model was made for
 * @param settings the configuration's other values, which only the implementation of {@code modelType} reads: strings,
 *     whole numbers, booleans, lists and maps
 */
public record Architecture(
        String modelType,
        long hiddenSize,
        long intermediateSize,
        int layers,
        AttentionHeads attention,
        long vocabularySize,
        Biases biases,
        boolean tiedEmbeddings,
        Positions positions,
        Map<String, Object> settings) {
    public Architecture {
        settings = Map.copyOf(settings);
    }

    /** An architecture without further settings. */
    public Architecture(
            String modelType,
            long hiddenSize,
            long intermediateSize,
            int layers,
            AttentionHeads attention,
            long vocabularySize,
            Biases biases,
            boolean tiedEmbeddings,
            Positions positions) {
        this(
                modelType,
                hiddenSize,
                intermediateSize,
                layers,
                attention,
                vocabularySize,
                biases,
                tiedEmbeddings,
                positions,
                Map.of());
    }

    /**
     * Every module with weights, as its {@link Family} has them: in the order of construction, the output head last.
     *
     * @throws IllegalArgumentException if the modules of its {@code model_type} are not known
     */
    public List<WeightedModule> modules() {
        return KnownModules.of(this);
    }

    /** A whole number among the settings; {@code standard} if there is none. */
    public long number(String setting, long standard) {
        return settings.get(setting) instanceof Number number ? number.longValue() : standard;
    }

    /** A number among the settings; {@code standard} if there is none. */
    public double decimal(String setting, double standard) {
        return settings.get(setting) instanceof Number number ? number.doubleValue() : standard;
    }

    /** A switch among the settings; {@code standard} if there is none. */
    public boolean flag(String setting, boolean standard) {
        return settings.get(setting) instanceof Boolean flag ? flag : standard;
    }

    /**
     * Attention heads.
     *
     * @param query number of query heads
     * @param keyValue number of key and value heads; fewer than {@code query} in grouped-query attention
     * @param dimension size of one head [elements]
     * @param slidingWindow window in which keys are visible [tokens], if not the whole context
     */
    public record AttentionHeads(long query, long keyValue, long dimension, OptionalLong slidingWindow) {
        /** How many query heads share one key head. */
        public long groupSize() {
            return query / keyValue;
        }
    }

    /**
     * Which linear layers add a bias.
     *
     * @param queryKeyValue the q, k and v projections
     * @param attentionOutput the o projection
     * @param mlp the MLP's projections
     */
    public record Biases(boolean queryKeyValue, boolean attentionOutput, boolean mlp) {}

    /**
     * How positions enter the model.
     *
     * @param kind rotary or learned
     * @param maximum the most positions the configuration names [tokens]
     */
    public record Positions(Kind kind, long maximum) {
        /** Learned positions end at their maximum; rotary ones can be extended. */
        public enum Kind {
            ROTARY,
            LEARNED
        }
    }

    /** The same with a switch among the settings turned on. */
    public Architecture withFlag(String setting) {
        Map<String, Object> more = new HashMap<>(settings);
        more.put(setting, true);
        return new Architecture(
                modelType,
                hiddenSize,
                intermediateSize,
                layers,
                attention,
                vocabularySize,
                biases,
                tiedEmbeddings,
                positions,
                more);
    }

    public Architecture withLayers(int newLayers) {
        return new Architecture(
                modelType,
                hiddenSize,
                intermediateSize,
                newLayers,
                attention,
                vocabularySize,
                biases,
                tiedEmbeddings,
                positions,
                settings);
    }
}
