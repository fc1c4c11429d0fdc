package dev.headroom.model.job;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.training.AttentionImplementation;
import java.util.List;

/**
 * What Transformers itself refuses of gpt_oss, and what has no rule.
 *
 * <p>Source: transformers 5.17, {@code modeling_gpt_oss.py} ({@code _supports_sdpa},
 * {@code _compatible_flash_implementations}, {@code _keep_in_fp32_modules}); {@code modeling_utils.py},
 * {@code _check_and_adjust_attn_implementation}, {@code _get_dtype_plan}; {@code cache_utils.py},
 * {@code DynamicSlidingWindowLayer}.
 */
final class GptOssRules {
    private static final String MODEL_TYPE = "gpt_oss";

    private GptOssRules() {}

    static void check(FineTuningJob job, Architecture model, List<Problem> problems, List<String> warnings) {
        if (!model.modelType().equals(MODEL_TYPE)) {
            return;
        }
        if (job.attention() == AttentionImplementation.SDPA) {
            problems.add(Problem.invalid(
                    "attention", "Transformers refuses sdpa for gpt_oss, whose sinks it has no place for; use eager"));
        }
        if (job.attention() == AttentionImplementation.FLASH2) {
            problems.add(
                    Problem.unsupported(
                            "attention",
                            "no rule for flash2 of gpt_oss, for which Transformers takes the kernel vllm-flash-attn3; use eager"));
        }
        if (job.precision().weights() == DType.FLOAT16) {
            problems.add(Problem.unsupported(
                    "weightDtype", "no rule yet for gpt_oss in float16, whose norms Transformers loads in float32"));
        }
        if (job.useCache() || job.method() instanceof PrefixTuning) {
            problems.add(Problem.unsupported(
                    job.useCache() ? "useCache" : "method.name",
                    "no rule yet for the cache of gpt_oss, which slides in every other layer"));
        }
        warnings.add("the published weights of gpt_oss are mxfp4, which Transformers does not train: they count as "
                + "Mxfp4Config(dequantize=True) leaves them, in %s; what dequantizing takes while loading is not counted"
                        .formatted(job.precision().weights()));
    }
}
