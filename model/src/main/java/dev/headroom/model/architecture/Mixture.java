package dev.headroom.model.architecture;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The experts of a mixture, as a configuration gives them.
 *
 * @param experts number of experts in a layer
 * @param perToken experts that each token is sent to
 * @param expertSize width of one expert [elements]
 * @param sharedSize width of the expert that sees every token [elements]; 0 if there is none
 * @param normalizes whether the weights of a token's experts are brought to a sum of one
 * @param sparseStep every how many layers the MLP is a mixture
 * @param denseLayers layers whose MLP is none in any case
 * @param separate whether each expert is a module with linear layers of its own, as before Transformers 5
 */
public record Mixture(
        long experts,
        long perToken,
        long expertSize,
        long sharedSize,
        boolean normalizes,
        long sparseStep,
        List<Long> denseLayers,
        boolean separate) {
    /** What an architecture is marked with whose experts are modules of their own; no key of any configuration. */
    public static final String SEPARATE_EXPERTS = "separate_experts";

    /** Keys of the configuration that describe a mixture. */
    static final Set<String> KEYS = Set.of(
            "num_experts",
            "num_local_experts",
            "num_experts_per_tok",
            "norm_topk_prob",
            "moe_intermediate_size",
            "shared_expert_intermediate_size",
            "decoder_sparse_step",
            "mlp_only_layers");

    private static final Set<String> KINDS =
            Set.of("olmoe", "qwen2_moe", "qwen3_moe", "mixtral", "deepseek_v3", "gpt_oss");

    public Mixture {
        denseLayers = List.copyOf(denseLayers);
    }

    /** Whether an architecture is one whose experts are known. */
    public static boolean describes(Architecture architecture) {
        return KINDS.contains(architecture.modelType());
    }

    /**
     * The mixture of an architecture, with the defaults of transformers 5.17, {@code configuration_olmoe.py},
     * {@code configuration_qwen2_moe.py}, {@code configuration_qwen3_moe.py}, {@code configuration_mixtral.py},
     * {@code configuration_deepseek_v3.py}, {@code configuration_gpt_oss.py}.
     *
     * @throws IllegalArgumentException if it is none that is known
     */
    public static Mixture of(Architecture architecture) {
        return switch (architecture.modelType()) {
            case "olmoe" ->
                everywhere(
                        architecture.number("num_experts", 64),
                        architecture.number("num_experts_per_tok", 8),
                        architecture.intermediateSize(),
                        architecture.flag("norm_topk_prob", false),
                        false);
            case "mixtral" ->
                everywhere(
                        architecture.number("num_local_experts", 8),
                        architecture.number("num_experts_per_tok", 2),
                        architecture.intermediateSize(),
                        true,
                        architecture.flag(SEPARATE_EXPERTS, false));
            case "gpt_oss" ->
                everywhere(
                        architecture.number("num_local_experts", architecture.number("num_experts", 128)),
                        architecture.number("num_experts_per_tok", 4),
                        architecture.intermediateSize(),
                        true,
                        false);
            case "qwen2_moe" ->
                new Mixture(
                        architecture.number("num_experts", 60),
                        architecture.number("num_experts_per_tok", 4),
                        architecture.number("moe_intermediate_size", 1408),
                        architecture.number("shared_expert_intermediate_size", 5632),
                        architecture.flag("norm_topk_prob", false),
                        architecture.number("decoder_sparse_step", 1),
                        layers(architecture.settings().get("mlp_only_layers")),
                        false);
            case "qwen3_moe" ->
                new Mixture(
                        architecture.number("num_experts", 128),
                        architecture.number("num_experts_per_tok", 8),
                        architecture.number("moe_intermediate_size", 768),
                        0,
                        architecture.flag("norm_topk_prob", false),
                        architecture.number("decoder_sparse_step", 1),
                        layers(architecture.settings().get("mlp_only_layers")),
                        false);
            case "deepseek_v3" -> {
                long size = architecture.number("moe_intermediate_size", 0);
                yield new Mixture(
                        architecture.number("n_routed_experts", 0),
                        architecture.number("num_experts_per_tok", 0),
                        size,
                        Math.multiplyExact(size, architecture.number("n_shared_experts", 0)),
                        architecture.flag("norm_topk_prob", false),
                        1,
                        LongStream.range(0, architecture.number("first_k_dense_replace", 0))
                                .boxed()
                                .toList(),
                        false);
            }
            default -> throw new IllegalArgumentException("no mixture of experts in " + architecture.modelType());
        };
    }

    private static Mixture everywhere(long experts, long perToken, long size, boolean normalizes, boolean separate) {
        return new Mixture(experts, perToken, size, 0, normalizes, 1, List.of(), separate);
    }

    private static List<Long> layers(@Nullable Object setting) {
        return setting instanceof List<?> list
                ? list.stream()
                        .filter(Number.class::isInstance)
                        .map(number -> ((Number) number).longValue())
                        .toList()
                : List.of();
    }

    /** What keeps a mixture from being computed, if its configuration asks for something unknown. */
    Optional<String> missingRule(Architecture architecture) {
        String type = architecture.modelType();
        if (architecture.flag("output_router_logits", false)) {
            return Optional.of("no rule yet for %s with a loss on its router (output_router_logits)".formatted(type));
        }
        if (perToken > experts) {
            return Optional.of("no rule yet for %s with %d experts per token of only %d (num_experts_per_tok)"
                    .formatted(type, perToken, experts));
        }
        return Optional.empty();
    }

    /** Whether the MLP of a layer is a mixture. */
    public boolean isSparse(int layer) {
        return experts > 0 && !denseLayers.contains((long) layer) && (layer + 1) % sparseStep == 0;
    }
}
