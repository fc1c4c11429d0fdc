package dev.headroom.model.architecture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The families by the {@code model_type} of a configuration. */
final class Families {
    static final Map<String, Family> BY_MODEL_TYPE = new LinkedHashMap<>();

    static {
        Family llama = LlamaFamily.preNorm(QueryKeyNorms.NONE, false);
        BY_MODEL_TYPE.put("llama", llama);
        BY_MODEL_TYPE.put("mistral", llama);
        BY_MODEL_TYPE.put("qwen2", LlamaFamily.preNorm(QueryKeyNorms.NONE, true));
        BY_MODEL_TYPE.put("qwen3", LlamaFamily.preNorm(QueryKeyNorms.HEADS, true));
        BY_MODEL_TYPE.put("granite", llama);
        BY_MODEL_TYPE.put("phi3", new Phi3Family());
        BY_MODEL_TYPE.put("gemma", new GemmaFamily(1));
        BY_MODEL_TYPE.put("gemma2", new GemmaFamily(2));
        BY_MODEL_TYPE.put("gemma3_text", new GemmaFamily(3));
        BY_MODEL_TYPE.put("gpt_neox", new GptNeoXFamily());
        List<String> gatedMlp = List.of("gate_proj", "up_proj", "down_proj");
        BY_MODEL_TYPE.put("olmoe", new MixtureFamily(QueryKeyNorms.WHOLE, true, gatedMlp));
        BY_MODEL_TYPE.put("mixtral", new MixtureFamily(QueryKeyNorms.NONE, true, List.of("w1", "w2", "w3")));
        BY_MODEL_TYPE.put("qwen3_moe", new MixtureFamily(QueryKeyNorms.HEADS, false, gatedMlp));
        BY_MODEL_TYPE.put("qwen2_moe", new MixtureFamily(QueryKeyNorms.NONE, true, gatedMlp));
        BY_MODEL_TYPE.put("deepseek_v3", new DeepseekV3Family());
        BY_MODEL_TYPE.put("gpt_oss", new GptOssFamily());
        BY_MODEL_TYPE.put("llama4_text", new Llama4Family());
        BY_MODEL_TYPE.put(
                "olmo2",
                LlamaFamily.withNorms(QueryKeyNorms.WHOLE, "post_attention_layernorm", "post_feedforward_layernorm"));
        BY_MODEL_TYPE.put("cohere", LlamaFamily.withNorms(QueryKeyNorms.HEADS_IF_CONFIGURED, "input_layernorm"));
        BY_MODEL_TYPE.put("opt", new OptFamily());
        BY_MODEL_TYPE.put("gpt2", new Gpt2Family());
        BY_MODEL_TYPE.put("gpt_bigcode", new GptBigCodeFamily());
        BY_MODEL_TYPE.put("falcon", new FalconFamily());
        BY_MODEL_TYPE.put("starcoder2", new Starcoder2Family());
        BY_MODEL_TYPE.put("stablelm", new StableLmFamily());
        BY_MODEL_TYPE.put("phi", new PhiFamily());
    }

    private Families() {}
}
