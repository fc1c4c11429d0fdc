package dev.headroom.model.architecture;

import java.util.Map;
import java.util.Set;

/**
 * Groups that the experts of a layer fall into: a token's experts are all from its best groups.
 *
 * <p>Source: transformers 5.17, {@code configuration_deepseek_v3.py}, {@code modeling_deepseek_v3.py}, DeepseekV3TopkRouter.
 *
 * @param count number of groups
 * @param perToken groups that a token's experts may be from
 */
public record ExpertGroups(long count, long perToken) {
    private static final String COUNT = "n_group";
    private static final String PER_TOKEN = "topk_group";

    /** Keys of the configuration that describe them. */
    static final Set<String> KEYS = Set.of(COUNT, PER_TOKEN);

    /** What holds where a configuration leaves a key out. */
    static final Map<String, Object> STANDARD = Map.of(COUNT, 8L, PER_TOKEN, 4L);

    /** The groups of an architecture of model type {@code deepseek_v3}. */
    public static ExpertGroups of(Architecture architecture) {
        return new ExpertGroups(architecture.number(COUNT, 0), architecture.number(PER_TOKEN, 0));
    }
}
