package dev.headroom.model.architecture;

import java.util.Optional;
import java.util.Set;

/**
 * Which of Falcon's decoders a configuration describes.
 *
 * <p>Source: transformers 5.17, {@code modeling_falcon.py}, FalconDecoderLayer, FalconAttention; {@code
 * configuration_falcon.py}: defaults.
 *
 * @param heads how queries, keys and values lie in the projection's result
 * @param parallel whether attention and MLP both start from the residual, not one after the other
 * @param twoNorms whether each of them has a norm of its own there
 * @param alibi whether positions are biases on the scores, not rotations
 */
public record FalconForm(Heads heads, boolean parallel, boolean twoNorms, boolean alibi) {
    static final Set<String> KEYS =
            Set.of("new_decoder_architecture", "multi_query", "parallel_attn", "num_ln_in_parallel_attn", "alibi");

    /** How queries, keys and values lie in the projection's result. */
    public enum Heads {
        /** Query, key and value of each head side by side. */
        INTERLEAVED,
        /** All queries, then one key and one value. */
        ONE_KEY,
        /** Groups of queries, each followed by its key and its value. */
        GROUPS
    }

    /** The form of an architecture of {@code model_type} falcon. */
    public static FalconForm of(Architecture architecture) {
        boolean parallel = architecture.flag("parallel_attn", true);
        boolean alibi = architecture.flag("alibi", false);
        if (architecture.flag("new_decoder_architecture", false)) {
            return new FalconForm(
                    Heads.GROUPS, parallel, architecture.number("num_ln_in_parallel_attn", 2) == 2, alibi);
        }
        Heads heads = architecture.flag("multi_query", true) ? Heads.ONE_KEY : Heads.INTERLEAVED;
        return new FalconForm(heads, parallel, architecture.number("num_ln_in_parallel_attn", 1) == 2, alibi);
    }

    /** Settings that Transformers itself fails on, or that have no rule. */
    static Optional<String> missingRule(Architecture architecture) {
        FalconForm form = of(architecture);
        if (form.heads == Heads.GROUPS && !form.parallel) {
            return Optional.of(
                    "falcon with new_decoder_architecture needs parallel_attn: its layers have no norms else");
        }
        if (form.heads != Heads.GROUPS && form.parallel && form.twoNorms) {
            return Optional.of("falcon with two norms (num_ln_in_parallel_attn) needs new_decoder_architecture");
        }
        if (form.heads == Heads.INTERLEAVED
                && architecture.attention().keyValue()
                        != architecture.attention().query()) {
            return Optional.of("falcon with fewer heads of keys (num_kv_heads) needs new_decoder_architecture");
        }
        if (form.alibi && form.heads != Heads.INTERLEAVED) {
            return Optional.of("no rule yet for falcon with alibi and shared keys");
        }
        return Optional.empty();
    }
}
