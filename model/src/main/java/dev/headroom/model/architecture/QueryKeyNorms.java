package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import java.util.List;

/** Norms of queries and keys without a bias, {@code q_norm} and {@code k_norm}. */
enum QueryKeyNorms {
    NONE,
    /** One for each head, with the same weights, as in qwen3. */
    HEADS,
    /** One over all heads at once, as in olmo2. */
    WHOLE,
    /** One for each head, with weights of its own, if the configuration says so ({@code use_qk_norm}), as in cohere. */
    HEADS_IF_CONFIGURED;

    private static final String SWITCH = "use_qk_norm";

    /** Adds the norms of an attention module. */
    void add(List<WeightedModule> modules, String path, Architecture architecture) {
        AttentionHeads heads = architecture.attention();
        modules.addAll(
                switch (this) {
                    case NONE -> List.of();
                    case HEADS ->
                        List.of(
                                WeightedModule.norm(path + ".q_norm", heads.dimension(), false),
                                WeightedModule.norm(path + ".k_norm", heads.dimension(), false));
                    case WHOLE ->
                        List.of(
                                WeightedModule.norm(path + ".q_norm", heads.query() * heads.dimension(), false),
                                WeightedModule.norm(path + ".k_norm", heads.keyValue() * heads.dimension(), false));
                    case HEADS_IF_CONFIGURED ->
                        architecture.flag(SWITCH, false)
                                ? List.of(
                                        WeightedModule.normOfHeads(path + ".q_norm", heads.query(), heads.dimension()),
                                        WeightedModule.normOfHeads(
                                                path + ".k_norm", heads.keyValue(), heads.dimension()))
                                : List.of();
                });
    }

    /** The keys of a configuration that decide on them. */
    List<String> settings() {
        return this == HEADS_IF_CONFIGURED ? List.of(SWITCH) : List.of();
    }
}
