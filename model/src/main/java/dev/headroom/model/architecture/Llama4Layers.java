package dev.headroom.model.architecture;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which layers of llama4_text are of which kind. Source: transformers 5.17, {@code configuration_llama4.py},
 * Llama4TextConfig.
 *
 * @param architecture one of that kind
 */
public record Llama4Layers(Architecture architecture) {
    static final Set<String> KEYS = Set.of(
            "no_rope_layers",
            "no_rope_layer_interval",
            "moe_layers",
            "interleave_moe_layer_step",
            LayerTypes.KEY,
            "attention_chunk_size",
            "use_qk_norm",
            "attn_temperature_tuning",
            "intermediate_size_mlp",
            "num_local_experts",
            "num_experts_per_tok");

    private static final String CHUNKED = "chunked_attention";
    private static final Set<String> KNOWN = Set.of(CHUNKED, "full_attention");

    /** Whether queries and keys of a layer are turned. */
    public boolean isRotary(int layer) {
        List<?> listed = list("no_rope_layers");
        return listed.isEmpty()
                ? (layer + 1) % architecture.number("no_rope_layer_interval", 4) != 0
                : listed.get(layer) instanceof Number number && number.longValue() != 0;
    }

    /** Whether queries of a layer see the keys of their own chunk only. */
    public boolean isChunked(int layer) {
        List<?> types = list(LayerTypes.KEY);
        return types.isEmpty() ? isRotary(layer) : CHUNKED.equals(types.get(layer));
    }

    /** Whether the MLP of a layer is a mixture of experts. */
    public boolean isSparse(int layer) {
        if (architecture.settings().get("moe_layers") instanceof List<?> sparse) {
            return sparse.stream().anyMatch(index -> index instanceof Number number && number.longValue() == layer);
        }
        return (layer + 1) % architecture.number("interleave_moe_layer_step", 1) == 0;
    }

    /** Length of a chunk [tokens]. */
    public long chunk() {
        return architecture.number("attention_chunk_size", 0);
    }

    /** Whether queries and keys that are turned are normed. */
    public boolean normsHeads() {
        return architecture.flag("use_qk_norm", true);
    }

    /** Whether queries that are not turned are scaled by their position; older configurations say so by a number. */
    public boolean temperatureTuned() {
        return architecture.settings().get("attn_temperature_tuning") instanceof Number number
                ? number.longValue() != 0
                : architecture.flag("attn_temperature_tuning", true);
    }

    /** Experts in a layer. */
    public long experts() {
        return architecture.number("num_local_experts", 16);
    }

    /** Experts that each token is sent to; all others get it times zero. */
    public long perToken() {
        return architecture.number("num_experts_per_tok", 1);
    }

    /** Width of the MLP of layers without experts [elements]. */
    long denseSize() {
        return architecture.number("intermediate_size_mlp", 16384);
    }

    /** What keeps the layers from being computed, if the configuration asks for something unknown. */
    Optional<String> missingRule() {
        List<?> listed = list("no_rope_layers");
        if (!listed.isEmpty() && listed.size() < architecture.layers()) {
            return Optional.of("no rule for llama4_text with fewer no_rope_layers than layers");
        }
        if (chunk() < 1) {
            return Optional.of(
                    "no rule for llama4_text without a chunk, for which Transformers makes no mask (attention_chunk_size)");
        }
        if (perToken() > experts()) {
            return Optional.of("no rule for llama4_text with %d experts per token of only %d (num_experts_per_tok)"
                    .formatted(perToken(), experts()));
        }
        return LayerTypes.missing(architecture, KNOWN);
    }

    private List<?> list(String key) {
        return architecture.settings().get(key) instanceof List<?> list ? list : List.of();
    }
}
