package dev.headroom.model.architecture;

import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Architecture.Biases;
import dev.headroom.model.architecture.Architecture.Positions;
import dev.headroom.model.architecture.InvalidConfigException.ConfigProblem;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the dimensions of a model from the values of a Hugging Face {@code config.json}, with the defaults that
 * Transformers' configuration classes have for keys that are left out.
 *
 * <p>Dimensions that every published configuration names ({@code hidden_size}, {@code num_hidden_layers} and so on) are
 * required, although the classes have defaults for them too: a file without them is broken rather than brief.
 *
 * @see <a href="https://github.com/huggingface/transformers/tree/v5.17.0/src/transformers/models">Transformers 5.17,
 *     configuration_llama.py, configuration_mistral.py, configuration_qwen2.py, configuration_qwen3.py and their like</a>
 */
public final class HuggingFaceConfig {
    /** No published decoder comes near; a larger number is a mistake. */
    public static final int MAXIMUM_LAYERS = 1000;

    private static final Set<String> LLAMA_LIKE = Set.of(
            "llama",
            "mistral",
            "qwen2",
            "qwen3",
            "granite",
            "olmoe",
            "qwen2_moe",
            "qwen3_moe",
            "mixtral",
            "deepseek_v3",
            "gpt_oss",
            "llama4_text",
            "olmo2",
            "cohere",
            "stablelm");
    private static final Set<String> GEMMA = Set.of("gemma", "gemma2", "gemma3_text");
    private static final Set<String> LEARNED_POSITIONS = Set.of("gpt2", "opt", "gpt_bigcode");
    private static final Set<String> TIED_BY_DEFAULT =
            Set.of("gpt2", "opt", "gpt_bigcode", "falcon", "gemma", "gemma2", "gemma3_text", "cohere", "starcoder2");

    private final Map<String, ? extends @Nullable Object> values;
    private final String modelType;
    private final List<ConfigProblem> problems = new ArrayList<>();

    private HuggingFaceConfig(Map<String, ? extends @Nullable Object> values, String modelType) {
        this.values = values;
        this.modelType = modelType;
    }

    /**
     * The architecture a configuration describes.
     *
     * @param values the keys of {@code config.json}: strings, whole numbers ({@link Integer}, {@link Long} or {@link
     *     BigInteger}), {@link Double}s, booleans, lists, maps and nulls
     * @throws InvalidConfigException with every problem at once
     */
    public static Architecture architecture(Map<String, ? extends @Nullable Object> values) {
        return new HuggingFaceConfig(values, modelType(values)).read();
    }

    /**
     * The {@code model_type} of a configuration, which names its implementation.
     *
     * @throws InvalidConfigException if there is none
     */
    public static String modelType(Map<String, ? extends @Nullable Object> values) {
        if (values.get("model_type") instanceof String type && !type.isBlank()) {
            return type;
        }
        String message = values.containsKey("model_type")
                ? "must be the name of an architecture, such as llama, found " + shown(values.get("model_type"))
                : "is missing; is this the config.json of a Hugging Face model?";
        throw new InvalidConfigException(List.of(new ConfigProblem("model_type", message, false)));
    }

    private Architecture read() {
        checkRules();
        boolean strict = LLAMA_LIKE.contains(modelType) || GEMMA.contains(modelType);
        long hidden = required("hidden_size", "n_embd", "d_model");
        long layers = required("num_hidden_layers", "n_layer", "n_layers");
        if (layers > MAXIMUM_LAYERS) {
            problem("num_hidden_layers", "must be at most %d, found %d".formatted(MAXIMUM_LAYERS, layers));
        }
        long intermediate = strict ? required("intermediate_size") : intermediateSize(hidden);
        long vocabulary = required("vocab_size");
        AttentionHeads attention = attention(hidden, layers, strict);
        Positions positions = positions();
        Biases biases = biases();
        boolean tied = flag("tie_word_embeddings", TIED_BY_DEFAULT.contains(modelType));
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
        return new Architecture(
                modelType,
                hidden,
                intermediate,
                (int) layers,
                attention,
                vocabulary,
                biases,
                tied,
                positions,
                settings());
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        Optional<Family> family = Family.of(modelType);
        Map<String, Object> standard = family.map(Family::standardSettings).orElse(Map.of());
        for (String key : family.map(Family::settings).orElse(Set.of())) {
            Object value = values.containsKey(key) ? values.get(key) : standard.get(key);
            if (value != null) {
                settings.put(key, value);
            }
        }
        return settings;
    }

    private AttentionHeads attention(long hidden, long layers, boolean strict) {
        long query = required("num_attention_heads", "n_head", "n_heads");
        long keyValue = keyValueHeads(query);
        if (query > 0 && keyValue > 0 && query % keyValue != 0) {
            problem("num_key_value_heads", "%d does not divide num_attention_heads (%d)".formatted(keyValue, query));
        }
        boolean latent = modelType.equals("deepseek_v3");
        boolean ownSize = latent || values.get("head_dim") != null;
        long dimension =
                latent ? latentHeadDimension() : ownSize ? required("head_dim") : standardHeadDimension(hidden, query);
        if (strict && query > 0 && hidden > 0) {
            // validate_architecture of LlamaConfig and Gemma's insists even if head_dim is given.
            if (hidden % query != 0 && (modelType.equals("llama") || GEMMA.contains(modelType) || !ownSize)) {
                problem("hidden_size", "%d is not a multiple of num_attention_heads (%d)".formatted(hidden, query));
            } else if (dimension % 2 != 0) {
                problem(
                        "head_dim",
                        "%d must be even, because rotary positions turn pairs of elements".formatted(dimension));
            }
        }
        return new AttentionHeads(query, keyValue, dimension, slidingWindow(layers));
    }

    /** The size of a head where the configuration leaves it out, or gives null. */
    private long standardHeadDimension(long hidden, long query) {
        if (!values.containsKey("head_dim")) {
            if (modelType.equals("qwen3") || modelType.equals("llama4_text")) {
                return 128;
            }
            if (GEMMA.contains(modelType)) {
                return 256;
            }
            if (modelType.equals("gpt_oss")) {
                return 64;
            }
        }
        return query > 0 ? hidden / query : 0;
    }

    /** What is turned and what is not; {@code head_dim} is the former only. */
    private long latentHeadDimension() {
        long sum = 0;
        for (String key : List.of(LatentAttention.PLAIN, LatentAttention.TURNED)) {
            Object standard = LatentAttention.STANDARD.get(key);
            sum += values.get(key) == null && standard instanceof Long size ? size : required(key);
        }
        return sum;
    }

    private long keyValueHeads(long query) {
        boolean grouped = flag("new_decoder_architecture", false);
        if (modelType.equals("falcon") && flag("multi_query", true) && !grouped) {
            return 1; // Whatever num_kv_heads says.
        }
        if (values.get("num_key_value_heads") != null && !modelType.equals("falcon")) {
            return required("num_key_value_heads");
        }
        if (values.get("num_kv_heads") != null) {
            return required("num_kv_heads");
        }
        if (flag("multi_query", modelType.equals("gpt_bigcode")) && !grouped) {
            return 1;
        }
        boolean absent = !values.containsKey("num_key_value_heads");
        return switch (modelType) {
            case "mistral", "mixtral", "gpt_oss", "llama4_text" -> absent ? 8 : query;
            case "starcoder2" -> absent ? 2 : query;
            case "qwen2", "qwen3", "stablelm" -> absent ? 32 : query;
            case "gemma" -> absent ? 16 : query;
            case "gemma2", "gemma3_text" -> absent ? 4 : query;
            case "qwen2_moe" -> absent ? 16 : query;
            case "deepseek_v3" -> absent ? 128 : query;
            case "qwen3_moe" -> absent ? 4 : query;
            default -> query;
        };
    }

    private OptionalLong slidingWindow(long layers) {
        boolean absent = !values.containsKey("sliding_window");
        switch (modelType) {
            case "llama", "gemma", "olmoe", "olmo2", "cohere", "deepseek_v3", "llama4_text", "stablelm", "phi" -> {
                return OptionalLong.empty();
            }
            case "mistral", "gemma2", "gemma3_text" -> {
                return absent ? OptionalLong.of(4096) : optional("sliding_window");
            }
            case "gpt_oss" -> {
                return absent ? OptionalLong.of(128) : optional("sliding_window");
            }
            case "qwen2_moe", "qwen3_moe" -> {
                if (!flag("use_sliding_window", false)) {
                    return OptionalLong.empty();
                }
                return absent ? OptionalLong.of(4096) : optional("sliding_window");
            }
            case "qwen2", "qwen3" -> {
                long firstSliding = values.get("max_window_layers") == null ? 28 : required("max_window_layers");
                if (!flag("use_sliding_window", false) || firstSliding >= layers) {
                    return OptionalLong.empty();
                }
                return absent ? OptionalLong.of(4096) : optional("sliding_window");
            }
            default -> {
                return flag("use_sliding_window", true) ? optional("sliding_window") : OptionalLong.empty();
            }
        }
    }

    private Positions positions() {
        boolean learned = LEARNED_POSITIONS.contains(modelType);
        String key = values.containsKey("n_positions") ? "n_positions" : "max_position_embeddings";
        long standard = switch (modelType) {
            case "llama", "granite", "falcon", "opt", "gpt_neox", "olmo2", "phi" -> 2048;
            case "mistral", "mixtral", "gpt_oss", "llama4_text" -> 4096 * 32;
            case "olmoe", "deepseek_v3", "stablelm", "phi3" -> 4096;
            case "qwen2", "qwen3", "qwen2_moe", "qwen3_moe" -> 32768;
            case "gpt2", "gpt_bigcode" -> 1024;
            case "gemma", "gemma2", "cohere" -> 8192;
            case "gemma3_text" -> 131_072;
            default -> Integer.MAX_VALUE;
        };
        long maximum = values.get(key) == null ? standard : required(key);
        return new Positions(learned ? Positions.Kind.LEARNED : Positions.Kind.ROTARY, maximum);
    }

    private Biases biases() {
        return switch (modelType) {
            case "llama", "granite" -> {
                boolean attention = flag("attention_bias", false);
                yield new Biases(attention, attention, flag("mlp_bias", false));
            }
            case "mistral", "mixtral" -> new Biases(false, false, false);
            case "qwen2_moe" -> new Biases(flag("qkv_bias", true), false, false);
            case "qwen2" -> new Biases(true, false, false);
            case "phi" -> new Biases(true, true, true);
            case "olmo2", "cohere" -> {
                boolean attention = flag("attention_bias", false);
                yield new Biases(attention, attention, false);
            }
            case "stablelm" -> new Biases(flag("use_qkv_bias", false), false, false);
            case "falcon" -> {
                boolean all = flag("bias", false);
                yield new Biases(all, all, all);
            }
            case "gpt_neox", "gpt_oss" -> {
                boolean attention = flag("attention_bias", true);
                yield new Biases(attention, attention, true);
            }
            default -> {
                boolean attention = flag("attention_bias", flag("bias", false));
                yield new Biases(attention || flag("use_qkv_bias", false), attention, flag("mlp_bias", false));
            }
        };
    }

    private long intermediateSize(long hidden) {
        for (String key : List.of("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size")) {
            if (values.get(key) != null) {
                return required(key);
            }
        }
        return 4 * hidden;
    }

    /** Settings that change what is saved for backward, and for which there is no rule. */
    private void checkRules() {
        if (values.get("quantization_config") instanceof Map<?, ?> quantization) {
            Object kind = quantization.get("quant_method");
            missingRule(
                    "quantization_config",
                    "mxfp4".equals(kind)
                            ? "no rule for weights in mxfp4, which Transformers does not train; without this key they "
                                    + "count as Mxfp4Config(dequantize=True) leaves them"
                            : "no rule for weights quantized by '%s' yet".formatted(kind));
        }
        if (values.get("text_config") instanceof Map<?, ?>) {
            missingRule(
                    "text_config",
                    "no rule for the multi-modal '%s'; a file with only the keys of its text_config would do"
                            .formatted(modelType));
        }
        if (!LLAMA_LIKE.contains(modelType)) {
            return;
        }
        if (values.get("attention_dropout") instanceof Number dropout && dropout.doubleValue() != 0) {
            missingRule("attention_dropout", "no rule for attention dropout yet, found " + dropout);
        }
        Object activation = values.get("hidden_act");
        if (activation != null && !activation.equals("silu")) {
            missingRule(
                    "hidden_act", "no rule for the activation %s yet; supported: silu".formatted(shown(activation)));
        }
    }

    /** A positive whole number under the first of these keys that is there; 0 after reporting that it is not one. */
    private long required(String... keys) {
        for (String key : keys) {
            if (values.containsKey(key)) {
                return positive(key, values.get(key));
            }
        }
        problem(keys[0], "is missing");
        return 0;
    }

    private OptionalLong optional(String key) {
        return values.get(key) == null ? OptionalLong.empty() : OptionalLong.of(required(key));
    }

    private long positive(String key, @Nullable Object value) {
        boolean whole = value instanceof Integer || value instanceof Long || value instanceof BigInteger;
        if (whole && value instanceof Number number) {
            boolean fits = !(number instanceof BigInteger) && number.longValue() <= Integer.MAX_VALUE;
            if (fits && number.longValue() > 0) {
                return number.longValue();
            }
        }
        problem(key, "must be a whole number from 1 to %d, found %s".formatted(Integer.MAX_VALUE, shown(value)));
        return 0;
    }

    private boolean flag(String key, boolean standard) {
        Object value = values.get(key);
        if (value == null) {
            return standard;
        }
        if (value instanceof Boolean set) {
            return set;
        }
        problem(key, "must be true or false, found " + shown(value));
        return standard;
    }

    private void problem(String key, String message) {
        problems.add(new ConfigProblem(key, message, false));
    }

    private void missingRule(String key, String message) {
        problems.add(new ConfigProblem(key, message, true));
    }

    private static String shown(@Nullable Object value) {
        if (value instanceof String text) {
            return "'" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "'";
        }
        if (value instanceof Map) {
            return "a mapping";
        }
        if (value instanceof List) {
            return "a list";
        }
        return String.valueOf(value);
    }
}
