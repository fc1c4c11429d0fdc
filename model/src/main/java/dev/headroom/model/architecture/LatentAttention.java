package dev.headroom.model.architecture;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Attention whose keys and values are made of one compressed vector a token, and whose heads are turned in part: their last
 * elements carry the position, and of those all keys share one copy.
 *
 * <p>Source: transformers 5.17, {@code configuration_deepseek_v3.py}, {@code modeling_deepseek_v3.py}, DeepseekV3Attention.
 *
 * @param queryRank elements that queries are compressed to; none if one projection makes them
 * @param keyValueRank elements that keys and values are compressed to
 * @param plain elements of a query or key head that are not turned
 * @param turned elements of a query or key head that are turned
 * @param value elements of a value head
 */
public record LatentAttention(OptionalLong queryRank, long keyValueRank, long plain, long turned, long value) {
    private static final String QUERY_RANK = "q_lora_rank";
    private static final String KEY_VALUE_RANK = "kv_lora_rank";
    static final String PLAIN = "qk_nope_head_dim";
    static final String TURNED = "qk_rope_head_dim";
    private static final String VALUE = "v_head_dim";

    /** Keys of the configuration that describe it. */
    static final Set<String> KEYS = Set.of(QUERY_RANK, KEY_VALUE_RANK, PLAIN, TURNED, VALUE);

    /** What holds where a configuration leaves a key out. */
    static final Map<String, Object> STANDARD =
            Map.of(QUERY_RANK, 1536L, KEY_VALUE_RANK, 512L, PLAIN, 128L, TURNED, 64L, VALUE, 128L);

    /** Whether an architecture has it. */
    public static boolean describes(Architecture architecture) {
        return architecture.modelType().equals("deepseek_v3");
    }

    /** The attention of an architecture of model type {@code deepseek_v3}. */
    public static LatentAttention of(Architecture architecture) {
        long queryRank = architecture.number(QUERY_RANK, 0);
        return new LatentAttention(
                queryRank > 0 ? OptionalLong.of(queryRank) : OptionalLong.empty(),
                architecture.number(KEY_VALUE_RANK, 0),
                architecture.number(PLAIN, 0),
                architecture.number(TURNED, 0),
                architecture.number(VALUE, 0));
    }

    /** Elements of a query or key head. */
    public long key() {
        return plain + turned;
    }
}
