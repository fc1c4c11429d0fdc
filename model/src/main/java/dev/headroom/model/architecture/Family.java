package dev.headroom.model.architecture;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the architectures of one implementation have in common: their modules, and how those are called. */
public interface Family {
    /** Path of the output head. */
    String HEAD = "lm_head";

    /**
     * Every module with weights, in the order of construction, the output head last. A head that is tied to the embedding
     * is there as well.
     */
    List<WeightedModule> modules(Architecture architecture);

    /** Names of the linear modules of attention, such as {@code q_proj}. */
    List<String> attention();

    /** Names of the linear modules that make queries and values. */
    List<String> queryAndValue();

    /** Names of the linear modules of the MLP. */
    List<String> mlp();

    /** Keys of the configuration that only this family reads; they become {@link Architecture#settings}. */
    default Set<String> settings() {
        return Set.of();
    }

    /** Values of {@link #settings} that hold where a configuration leaves a key out; a null in a configuration is none. */
    default Map<String, Object> standardSettings() {
        return Map.of();
    }

    /** Whether a layer's queries see a window of keys only. */
    default boolean slides(Architecture architecture, int layer) {
        return architecture.attention().slidingWindow().isPresent();
    }

    /** What keeps an architecture of this family from being computed, if its configuration asks for something unknown. */
    default Optional<String> missingRule(Architecture architecture) {
        return Optional.empty();
    }

    /** How many elements of each attention head rotary positions turn. */
    default long rotaryDimension(Architecture architecture) {
        return architecture.attention().dimension();
    }

    /** Whether the frequencies of rotary positions are those of YaRN. */
    default boolean usesYarn(Architecture architecture) {
        return RotarySettings.usesYarn(architecture);
    }

    /** The family of a {@code model_type}, if its modules are known. */
    static Optional<Family> of(String modelType) {
        return Optional.ofNullable(Families.BY_MODEL_TYPE.get(modelType));
    }

    /** Every {@code model_type} that has a family. */
    static Set<String> modelTypes() {
        return Set.copyOf(Families.BY_MODEL_TYPE.keySet());
    }

    /** Every family, each once. */
    static Set<Family> all() {
        return new LinkedHashSet<>(Families.BY_MODEL_TYPE.values());
    }
}
